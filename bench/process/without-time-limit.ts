/**
 * Loaded before a worker's own code, for a profile or a simulation: code in the workflows' sandbox runs without a limit of time, and so
 * without the thread that Node starts at each entry to watch over it. No worker that is used may be without.
 */
import { Script, type Context, type RunningScriptOptions } from 'node:vm';

type Enter = (this: Script, context: Context, options?: RunningScriptOptions) => unknown;

Script.prototype.runInContext = new Proxy(Reflect.get(Script.prototype, 'runInContext') as Enter, {
  apply: (enter, script: Script, [context, options]: Parameters<Enter>) =>
    enter.call(script, context, { ...options, timeout: undefined }),
});
