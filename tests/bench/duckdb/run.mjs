/*
   Runs SQL in DuckDB, on one thread, in memory, for tests/bench/duckdb.c.

     node run.mjs SCRIPT

   A line of the script is `do SQL` or `time RUNS SQL`. For each of the latter
   a line comes out: the first column of its first row, and the first run, the
   median and the best of the others, in microseconds, less what a query of
   nothing takes.
*/
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();

async function once(sql) {
    const start = process.hrtime.bigint();
    const reader = await connection.runAndReadAll(sql);
    const took = Number(process.hrtime.bigint() - start) / 1e3;
    return { value: String(reader.getRows()[0]?.[0] ?? ''), took };
}

async function measure(runs, sql) {
    const first = await once(sql);
    const times = [];
    for (let i = 0; i < runs; i++) {
        times.push((await once(sql)).took);
    }
    times.sort((a, b) => a - b);
    return {
        ...first,
        median: times[Math.floor(runs / 2)] ?? first.took,
        best: times[0] ?? first.took,
    };
}

const nothing = (await measure(201, 'SELECT 1')).median;
for (const line of readFileSync(process.argv[2], 'utf8').split('\n')) {
    const [, runs, sql] = /^time (\d+) (.*)$/.exec(line) ?? [];
    if (sql !== undefined) {
        const { value, took, median, best } = await measure(Number(runs), sql);
        const less = (us) => Math.max(us - nothing, 1).toFixed(1);
        console.log(
            [value, less(took), less(median), less(best)].join('\t'));
    } else if (line.startsWith('do ')) {
        await connection.run(line.slice(3));
    }
}
