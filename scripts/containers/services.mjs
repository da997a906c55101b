/** Services of docker-compose.yml, run by podman with the settings of the demo. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { ROOT, SetupError } from '../report.mjs';

const MAX_WAIT_MS = 90_000;

export class Services {
  #tools;
  #network;
  #services;
  #demo;

  /** `changes`: of some services, what differs from the compose file, such as another image. */
  constructor(tools, network, changes) {
    this.#tools = tools;
    this.#network = network;
    const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
    for (const [name, change] of Object.entries(changes)) Object.assign(services[name], change);
    this.#services = services;
    const demo = readFileSync(join(ROOT, 'deploy', 'demo.env'), 'utf8').split('\n');
    this.#demo = Object.fromEntries(
      demo.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s, 2)),
    );
  }

  /** The image that a service runs. */
  image(name) {
    return this.#services[name].image;
  }

  /** Starts a service and waits for its health check. */
  async start(name) {
    const { command = [] } = this.#services[name];
    await this.#tools.podman(
      'run',
      '--detach',
      '--name',
      name,
      ...this.#options(name),
      ...this.#filled(command),
    );
    await this.untilHealthy(name);
  }

  /** Runs a service to its end, or another command with the settings of a service; gives what it prints. */
  runOnce(name, command = this.#services[name].command ?? []) {
    return this.#tools.podman('run', '--rm', ...this.#options(name), ...this.#filled(command));
  }

  /** Runs a program inside a running service; gives what it prints. */
  exec(name, ...words) {
    return this.#tools.podman('exec', name, ...words);
  }

  /** Stops a service within its grace period; gives its exit code, which is 137 where it was killed. */
  async stop(name) {
    const seconds = parseInt(this.#services[name].stop_grace_period ?? '10s');
    await this.#tools.podman('stop', '--time', `${seconds}`, name);
    return Number(await this.#tools.podman('inspect', '--format', '{{.State.ExitCode}}', name));
  }

  async restart(name) {
    await this.#tools.podman('start', name);
    await this.untilHealthy(name);
  }

  /** Waits until the health check of a running service passes. */
  async untilHealthy(name) {
    const [, ...check] = this.#services[name].healthcheck.test;
    const deadline = Date.now() + MAX_WAIT_MS;
    for (;;) {
      try {
        await this.exec(name, ...check);
        return;
      } catch (error) {
        if (error.stopped) throw error;
        if (Date.now() > deadline)
          throw new SetupError(
            `${name} is not healthy after ${MAX_WAIT_MS / 1000} s:\n${await this.logs(name)}`,
          );
      }
      await sleep(200);
    }
  }

  /** What a service printed, on stdout and stderr. */
  logs(name) {
    return this.#tools.podman('logs', name);
  }

  /** The IP address of a running service, which this machine reaches. */
  address(name) {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    return this.#tools.podman('inspect', '--format', format, name);
  }

  /** What stands before the command: the options of a container, and its image. */
  #options(name) {
    const service = this.#services[name];
    const [program, ...words] = service.entrypoint ?? [];
    const each = (option, values = []) => values.flatMap((value) => [option, value]);
    const environment = Object.entries(service.environment ?? {});
    return [
      // Proxies of this machine are for the build alone.
      ...['--network', this.#network, '--http-proxy=false'],
      ...(service.init ? ['--init'] : []),
      ...(service.read_only ? ['--read-only'] : []),
      ...(program === undefined ? [] : ['--entrypoint', program]),
      ...each('--tmpfs', service.tmpfs),
      ...each('--cap-drop', service.cap_drop),
      // Podman has no value for it.
      ...each(
        '--security-opt',
        service.security_opt?.map((option) => option.replace(/:true$/, '')),
      ),
      ...each(
        '--volume',
        service.volumes?.map((volume) => volume.replace(/^\.\//, ROOT)),
      ),
      ...each('--env', this.#filled(environment.map(([key, value]) => `${key}=${value}`))),
      ...[`localhost/${service.image}`, ...words],
    ];
  }

  /** Variables replaced as compose does it, from the env file of the demo. */
  #filled(words) {
    const variable = /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g;
    return words.map((word) =>
      word.replace(variable, (_, key, otherwise) => this.#demo[key] || (otherwise ?? '')),
    );
  }
}
