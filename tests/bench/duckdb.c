/* DuckDB is asked by a program of its own: duckdb/run.mjs. */
#include "duckdb.h"

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_there(void)
{
    if (system("command -v node >/dev/null 2>&1") != 0) {
        fputs("DuckDB: skipped, there is no node\n", stderr);
        return false;
    }
    if (system("test -d '" BENCH_DUCKDB "/node_modules/@duckdb/node-api'") !=
        0) {
        fputs("DuckDB: skipped, run `npm install` in " BENCH_DUCKDB "\n",
              stderr);
        return false;
    }
    return true;
}

static void
write_script(const char *path, const char *script)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(script, file) < 0 || fclose(file) != 0) {
        bench_die("cannot write %s", path);
    }
}

size_t
bench_duckdb_run(const char *directory, const char *script,
                 bench_duckdb_time *out, size_t room)
{
    char path[1024];
    char command[4096];
    char line[256];
    size_t count = 0;
    if (!is_there()) {
        return 0;
    }
    snprintf(path, sizeof(path), "%s/duckdb.txt", directory);
    write_script(path, script);
    snprintf(command, sizeof(command), "node '%s/run.mjs' '%s'", BENCH_DUCKDB,
             path);
    fflush(stdout);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) {
        bench_die("cannot run %s", command);
    }
    while (fgets(line, sizeof(line), pipe) != NULL) {
        bench_duckdb_time time;
        if (count < room &&
            sscanf(line, "%63[^\t]\t%lf\t%lf\t%lf", time.value, &time.first_us,
                   &time.median_us, &time.best_us) == 4) {
            out[count++] = time;
        }
    }
    if (pclose(pipe) != 0) {
        bench_die("DuckDB: the script failed: %s", script);
    }
    remove(path);
    return count;
}
