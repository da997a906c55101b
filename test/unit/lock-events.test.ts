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
    const sized = (size: number, tags: number[]) => tags.map((tag) => Buffer.alloc(size, 1).fill(tag, 0, 1));
    const others = [
      ...sized(3, [7, 8, 16, 19, 20]),
      ...sized(4, [15]),
      ...sized(5, [3, 4, 9, 10, 11, 12, 17, 18]),
      ...sized(9, [5, 6]),
    ];
    expect(withSet(classOf(...others, text('java/util/LinkedList')))).toEqual(
      classOf(...others, text('java/util/LinkedHashSet')),
    );
  });

  it('refuses what is no class file, and a constant that it does not know', () => {
    expect(() => withSet(Buffer.from('not a class file'))).toThrow('it is no class file');
    expect(() => withSet(Buffer.alloc(2))).toThrow('it is no class file');
    expect(() => withSet(classOf(Buffer.from([99, 0, 0])))).toThrow('a constant of an unknown kind, 99');
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

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([Buffer.from([1, 0, bytes.length]), bytes]);
}

/** As the JVM specification has it: magic, version, constants, of which a long and a double count as two, and the rest. */
function classOf(...constants: Buffer[]): Buffer {
  const count = constants.reduce((sum, [tag]) => sum + (tag === 5 || tag === 6 ? 2 : 1), 1);
  const head = Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, count]);
  return Buffer.concat([head, ...constants, BEHIND]);
}
