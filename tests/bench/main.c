/*
   bench-omni: libomni against SQLite doing the same job, in one run on one
   machine. `--quick` only proves that both get the same profiles.
*/
#include "rows.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: bench-omni [--dir PATH] [--events N] [--people N] [--rounds N]\n"
    "                  [--seed N] [--only ROWS] [--side libomni|sqlite]\n"
    "                  [--bulk-memory MB] [--library PATH] [--json] [--quick]\n"
    "  --dir     where the stores are made and removed; a real disk (default "
    ".)\n"
    "  --only    some of\n            "
    "bulk,thousands,hundreds,single,till,fetch,segment,memory\n"
    "            (single needs hundreds)\n"
    "  --library the libomni.so whose size is measured\n"
    "  --quick   a small run without times: do both sides agree?\n";

static size_t
number(const char *text)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end != '\0') {
        bench_die("not a number: %s", text);
    }
    return (size_t)value;
}

static void
make_quick(bench_options *o)
{
    o->quick = true;
    o->events = 6000;
    o->people = 60; /* long timelines */
    o->till_people = 900;
    o->singles = 60;
    o->tills = 60;
    o->fetches = 100;
    o->rounds = 1;
    o->samples = 1000;
}

static void
take_option(bench_options *o, int option)
{
    switch (option) {
    case 'd':
        o->directory = optarg;
        break;
    case 'e':
        o->events = number(optarg);
        break;
    case 'p':
        o->people = number(optarg);
        break;
    case 'r':
        o->rounds = number(optarg);
        break;
    case 's':
        o->seed = number(optarg);
        break;
    case 'o':
        o->only = optarg;
        break;
    case 'S':
        o->side = optarg;
        break;
    case 'm':
        o->bulk_memory_bytes = number(optarg) << 20;
        break;
    case 'l':
        o->library = optarg;
        break;
    case 'j':
        o->json = true;
        break;
    case 'q':
        make_quick(o);
        break;
    default:
        fputs(usage, stderr);
        exit(2);
    }
}

static void
take_options(bench_options *o, int argc, char **argv)
{
    static const struct option options[] = {
        {"dir", required_argument, NULL, 'd'},
        {"events", required_argument, NULL, 'e'},
        {"people", required_argument, NULL, 'p'},
        {"rounds", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},
        {"only", required_argument, NULL, 'o'},
        {"side", required_argument, NULL, 'S'},
        {"bulk-memory", required_argument, NULL, 'm'},
        {"library", required_argument, NULL, 'l'},
        {"json", no_argument, NULL, 'j'},
        {"quick", no_argument, NULL, 'q'},
        {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        take_option(o, option);
    }
    if (optind != argc || o->rounds == 0 || o->rounds > ROUNDS_MAX ||
        o->events < 5000 || o->people == 0) {
        fputs(usage, stderr);
        exit(2);
    }
}

static char directory[1024];

/* A run that ends early leaves nothing behind either. */
static void
clean_up(void)
{
    bench_directory_remove(directory);
}

int
main(int argc, char **argv)
{
    static bench_results results;
    bench_options o = {.directory = ".",
                       .program = "/proc/self/exe",
                       .seed = 42,
                       .events = 300000,
                       .people = 50000,
                       .till_people = 100000,
                       .singles = 5000,
                       .tills = 2000,
                       .fetches = 5000,
                       .rounds = 3,
                       .samples = 3000,
                       .bulk_memory_bytes = (uint64_t)512 << 20};
    if (argc == 5 && strcmp(argv[1], "--till-child") == 0) {
        return bench_till_child((int)number(argv[2]), argv[3],
                                (uint32_t)number(argv[4]));
    }
    take_options(&o, argc, argv);
    snprintf(directory, sizeof(directory), "%s/bench-XXXXXX", o.directory);
    if (mkdtemp(directory) == NULL) {
        bench_die("cannot make a folder in %s", o.directory);
    }
    o.directory = directory;
    atexit(clean_up);
    bench_rows_run(&o, &results);
    if (o.quick) {
        printf("both sides agree: %llu events, %llu profiles\n",
               (unsigned long long)results.totals.events,
               (unsigned long long)results.totals.profiles);
    } else {
        bench_table_print(&o, &results);
    }
    return 0;
}
