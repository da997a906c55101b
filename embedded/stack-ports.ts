import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from './endpoints.js';
import { choosePort } from './ports.js';

const DEFAULTS = { temporal: 7233, ui: 8233, simulator: 4010 };

const portsSchema = z.object({ temporal: z.number(), ui: z.number(), simulator: z.number() });
export type Ports = z.infer<typeof portsSchema>;

export interface PortWishes {
  temporal?: number | undefined;
  ui?: number | undefined;
  simulator?: number | undefined;
}

/**
 * Ports that are asked for must be free. Else those of last time come first: a run remembers the address of the API
 * that it leased from, and a link to the Temporal UI should still lead somewhere tomorrow.
 */
export async function choosePorts(folder: string, asked: PortWishes): Promise<Ports> {
  const text = await readFile(portsFile(folder), 'utf8').catch(() => '');
  const last = portsSchema.catch(DEFAULTS).parse(parseJson(text));
  return {
    temporal: await choosePort({ asked: asked.temporal, byDefault: last.temporal, what: 'Temporal' }),
    ui: await choosePort({ asked: asked.ui, byDefault: last.ui, what: 'the Temporal UI' }),
    simulator: await choosePort({ asked: asked.simulator, byDefault: last.simulator, what: 'the simulator' }),
  };
}

export async function rememberPorts(folder: string, ports: Ports): Promise<void> {
  await writeFile(portsFile(folder), JSON.stringify(ports));
}

const portsFile = (folder: string): string => join(folder, 'ports.json');
