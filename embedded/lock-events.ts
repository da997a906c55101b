import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Of the time-skipping server's jar: its clock. Not here: the classes of other queues, which need their lists. */
export const CLOCK_CLASSES = 'io/temporal/internal/testservice/SelfAdvancingTimerImpl*.class';

/** As a class's whole name, or in a type. */
const LIST = /java\/util\/LinkedList(?=$|[;<])/g;
const SET = 'java/util/LinkedHashSet';

/**
 * Lets unpacked classes of the time-skipping server's clock keep their log of locks in a set instead of a list, both in
 * order of insertion. Why: docs/decisions/0024-a-set-for-the-test-servers-locks.md.
 *
 * @param folder with all of `CLOCK_CLASSES` and nothing else
 * @throws Error where no class uses a list, or one is no class file: the server is another one than this was made for
 */
export async function keepLocksInSet(folder: string): Promise<void> {
  let changed = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const before = await readFile(path);
    const after = withSet(before);
    if (after.equals(before)) continue;
    await writeFile(path, after);
    changed += 1;
  }
  if (changed === 0) throw new Error('its clock keeps no list of locks');
}

/** Where a class file's constants begin, and the size of each kind but text, its tag included (JVM specification, 4.4). */
const CONSTANTS_AT = 10;
const TEXT = 1;
// prettier-ignore
const SIZES: Record<number, number> = {
  3: 5, 4: 5, 5: 9, 6: 9, 7: 3, 8: 3, 9: 5, 10: 5, 11: 5, 12: 5, 15: 4, 16: 3, 17: 5, 18: 5, 19: 3, 20: 3,
};
/** A long and a double count as two. */
const DOUBLE = [5, 6];

/** A class file that names the set wherever it named the list: as a class, and in the types of its fields and methods. */
export function withSet(classFile: Buffer): Buffer {
  if (classFile.length < CONSTANTS_AT || classFile.readUInt32BE(0) !== 0xcafebabe)
    throw new Error('it is no class file');
  const parts = [classFile.subarray(0, CONSTANTS_AT)];
  let at = CONSTANTS_AT;
  for (let left = classFile.readUInt16BE(CONSTANTS_AT - 2) - 1; left > 0; left -= 1) {
    const tag = classFile.readUInt8(at);
    const size = tag === TEXT ? 3 + classFile.readUInt16BE(at + 1) : SIZES[tag];
    if (size === undefined) throw new Error(`its class file has a constant of an unknown kind, ${tag}`);
    const constant = classFile.subarray(at, at + size);
    parts.push(tag === TEXT ? textWithSet(constant) : constant);
    if (DOUBLE.includes(tag)) left -= 1;
    at += size;
  }
  return Buffer.concat([...parts, classFile.subarray(at)]);
}

function textWithSet(constant: Buffer): Buffer {
  const text = constant.toString('latin1', 3); // byte by byte: whatever else it holds stays as it is
  const changed = Buffer.from(text.replace(LIST, SET), 'latin1');
  const head = Buffer.from([TEXT, changed.length >> 8, changed.length & 0xff]);
  return Buffer.concat([head, changed]);
}
