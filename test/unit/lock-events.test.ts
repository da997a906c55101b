import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepLocksInSet, withSet } from '../../embedded/lock-events.js';

const BEHIND = Buffer.from('what stands behind the constants: java/util/LinkedList;');

describe('the log of locks of the time-skipping server', () => {
  it.each([
    ['java/util/LinkedList', 'java/util/LinkedHashSet'],
    ['Ljava/util/LinkedList;', 'Ljava/util/LinkedHashSet;'],
    ['Ljava/util/LinkedList<LLockEvent;>;', 'Ljava/util/LinkedHashSet<LLockEvent;>;'],
    ['(LTimer;)Ljava/util/LinkedList;', '(LTimer;)Ljava/util/LinkedHashSet;'],
    ['java/util/LinkedListener', 'java/util/LinkedListener'],
    ['java/util/concurrent/LinkedBlockingDeque', 'java/util/concurrent/LinkedBlockingDeque'],
    ['\u00e9 and what is no text at all \u0000', '\u00e9 and what is no text at all \u0000'],
  ])('%j becomes %j', (before, after) => {
    expect(withSet(classOf(text(before)))).toEqual(classOf(text(after)));
  });

  it('passes over constants of every kind, of which a long and a double count as two', () => {
    const others = [
      ...[3, 4, 9, 10, 11, 12, 17, 18].map((tag) => ({
        bytes: Buffer.alloc(5, 7).fill(tag, 0, 1),
        counts: 1,
      })),
      ...[7, 8, 16, 19, 20].map((tag) => ({ bytes: Buffer.alloc(3, 7).fill(tag, 0, 1), counts: 1 })),
      { bytes: Buffer.alloc(4, 7).fill(15, 0, 1), counts: 1 },
      ...[5, 6].map((tag) => ({ bytes: Buffer.alloc(9, 1).fill(tag, 0, 1), counts: 2 })),
    ];
    expect(withSet(classOf(...others, text('java/util/LinkedList')))).toEqual(
      classOf(...others, text('java/util/LinkedHashSet')),
    );
  });

  it('refuses what is no class file, and a constant that it does not know', () => {
    expect(() => withSet(Buffer.from('not a class file'))).toThrow('it is no class file');
    expect(() => withSet(Buffer.alloc(2))).toThrow('it is no class file');
    const strange = { bytes: Buffer.from([99, 0, 0]), counts: 1 };
    expect(() => withSet(classOf(strange))).toThrow('a constant of an unknown kind, 99');
  });

  describe('in a folder', () => {
    let folder: string;
    beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'classes-'))));
    afterEach(() => rm(folder, { recursive: true }));

    it('becomes a set in every class that names the list', async () => {
      await writeFile(join(folder, 'Timer.class'), classOf(text('java/util/LinkedList')));
      await writeFile(join(folder, 'Other.class'), classOf(text('java/util/List')));
      await keepLocksInSet(folder);
      expect(await readFile(join(folder, 'Timer.class'))).toEqual(classOf(text('java/util/LinkedHashSet')));
      expect(await readFile(join(folder, 'Other.class'))).toEqual(classOf(text('java/util/List')));
    });

    it('is missed where no class has one: the server is another than was thought', async () => {
      await writeFile(join(folder, 'Other.class'), classOf(text('java/util/List')));
      await expect(keepLocksInSet(folder)).rejects.toThrow('its clock keeps no list of locks');
    });
  });
});

interface Constant {
  bytes: Buffer;
  counts: number;
}

function text(value: string): Constant {
  const bytes = Buffer.from(value, 'latin1');
  return { bytes: Buffer.concat([Buffer.from([1, 0, bytes.length]), bytes]), counts: 1 };
}

/** As the JVM specification has it: magic, version, constants and the rest. */
function classOf(...constants: Constant[]): Buffer {
  const count = constants.reduce((sum, { counts }) => sum + counts, 1);
  const head = Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, count]);
  return Buffer.concat([head, ...constants.map(({ bytes }) => bytes), BEHIND]);
}
