import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { aJob } from "@fmg/core/testing";
import { readResourceClasses } from "./read-resource-classes.ts";
import { builtInClasses, chooseCores, classSize, cutTo, demandOf, hostRoom } from "./resource-classes.ts";

const GIB = 2 ** 30;
const folder = mkdtempSync(join(tmpdir(), "fmg-classes-"));
const file = join(folder, "classes.json");
afterAll(() => rmSync(folder, { recursive: true }));

function tableOf(text: string) {
  writeFileSync(file, text);
  return readResourceClasses(file);
}

const machine = { kind: "machine", dockerLayerCaching: false, range: aJob("a").range } as const;
const laptop = {
  host: { cpus: 2, memoryBytes: 7.7 * GIB },
  concurrency: 2,
  cpuOvercommit: 1,
};

test.each([
  [undefined, 2, 4],
  ["small", 1, 2],
  ["medium+", 3, 6],
  ["2xlarge+", 20, 40],
  ["large.gen2", 4, 8],
  ["xlarge.gen3", 8, 16],
  ["arm.large", 4, 16],
])("the docker class %s is %s CPUs and %s GiB (R-RC-1, R-RC-2)", (resourceClass, cpus, memoryGib) => {
  const job = aJob("a", resourceClass === undefined ? {} : { resourceClass });
  expect(classSize(builtInClasses, job)).toEqual({
    size: { cpus, memoryBytes: memoryGib * GIB },
    notices: [],
  });
});

test("a machine has the memory of a machine's class", () => {
  const job = aJob("a", { executor: machine, resourceClass: "large" });
  expect(classSize(builtInClasses, job).size).toEqual({ cpus: 4, memoryBytes: 15 * GIB });
});

test("the operator's table changes sizes, adds names and names the default (R-RC-1, R-RC-2)", () => {
  const table = tableOf(`{
    "default": "tiny",
    "classes": { "tiny": { "cpus": 0.5, "memory": "512m" }, "large": { "cpus": 6, "memory": "1.5g" } }
  }`);
  expect(table.operatorNames).toEqual(["tiny", "large"]);
  expect(classSize(table, aJob("a")).size).toEqual({ cpus: 0.5, memoryBytes: GIB / 2 });
  expect(classSize(table, aJob("a", { resourceClass: "large" })).size).toEqual({
    cpus: 6,
    memoryBytes: 1.5 * GIB,
  });
  expect(classSize(table, aJob("a", { resourceClass: "small" })).size.cpus).toBe(1);
});

test("a pool of runners has no size here: it gets the default's, and the job's log says so", () => {
  const { size, notices } = classSize(builtInClasses, aJob("a", { resourceClass: "octo/pool" }));
  expect(size.cpus).toBe(2);
  expect(notices).toEqual(["The resource class octo/pool has no size here; the job gets medium's."]);
});

test.each([
  ["not JSON", "classes.json): Unexpected"],
  ["[]", "the file must be an object"],
  ['{"clases": {}}', '"clases" is not one of its keys'],
  ['{"default": "tiny"}', '"default" is "tiny", which is not in "classes"'],
  ['{"classes": {"a b": {}}}', '"a b" is not a name for a class'],
  [
    '{"classes": {"a": {"cpus": 0, "memory": "1g"}}}',
    "classes.a.cpus is 0, but must be a number from 0.01 to 1024",
  ],
  ['{"classes": {"a": {"cpus": 1, "memory": "1"}}}', 'classes.a.memory is "1", but must be a size'],
  ['{"classes": {"a": {"cpus": 1, "memory": "1m"}}}', 'classes.a.memory is "1m", but must be a size'],
  ['{"classes": {"a": {"cpus": 1, "memory": "1g", "disk": 1}}}', 'classes.a has a key "disk"'],
])("a table that is %s is refused by its place", (text, message) => {
  expect(() => tableOf(text)).toThrow(message);
  expect(() => tableOf(text)).toThrow(`FMG_RESOURCE_CLASSES_FILE (${file})`);
});

test("a table that is not there is refused by its path", () => {
  expect(() => readResourceClasses("/no/such/file")).toThrow("FMG_RESOURCE_CLASSES_FILE (/no/such/file)");
});

test("a job that names no class is counted with its share of the cores, one that names one in full", () => {
  expect(demandOf(builtInClasses, aJob("a"), laptop)).toEqual({ cpus: 1, memoryBytes: 4 * GIB });
  const named = aJob("a", { resourceClass: "medium" });
  expect(demandOf(builtInClasses, named, laptop)).toEqual({ cpus: 2, memoryBytes: 4 * GIB });
});

test("what a class has more than the host is counted as all of the host", () => {
  const huge = aJob("a", { resourceClass: "2xlarge" });
  expect(demandOf(builtInClasses, huge, laptop)).toEqual({ cpus: 2, memoryBytes: 8 * GIB });
  expect(cutTo({ cpus: 2, memoryBytes: GIB }, { cpus: 1, memoryBytes: 2 * GIB })).toEqual({
    cpus: 1,
    memoryBytes: GIB,
  });
});

test("cores may be promised several times where the operator says so, and memory never", () => {
  expect(hostRoom({ ...laptop, cpuOvercommit: 3 })).toEqual({ cpus: 6, memoryBytes: 8 * GIB });
});

test.each([
  ["as many as the class has", 2, [], "0,1"],
  ["those that nobody uses", 2, ["0,1"], "2,3"],
  ["those that the fewest use", 1, ["0,1", "2", "3", "0"], "1"],
  ["a whole one for a part of one", 0.5, ["0"], "1"],
  ["none where the class has all of them", 4, ["0"], undefined],
])("a job is given cores: %s (R-RC-4)", (_, count, taken, cores) => {
  expect(chooseCores(count, 4, taken)).toBe(cores);
});
