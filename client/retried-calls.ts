import {
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';
import { InterceptingCall, Metadata, status, type Interceptor, type Listener } from '@grpc/grpc-js';

/**
 * Calls are retried as the SDK does by default; those that still wait for a retry when their connection closes are
 * cancelled. The SDK's retry alone throws from a timer there, which ends the process.
 */
export const RETRIED_CALLS: NonNullable<ConnectionOptions['interceptors']> = [
  makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
  cancelOnceClosed,
];

/** Of a closed channel, `nextCall` throws where it should give a call that fails. */
function cancelOnceClosed(...[options, nextCall]: Parameters<Interceptor>): InterceptingCall {
  try {
    return new InterceptingCall(nextCall(options));
  } catch (error) {
    return new InterceptingCall(cancelledCall(error instanceof Error ? error.message : String(error)));
  }
}

function cancelledCall(details: string): ConstructorParameters<typeof InterceptingCall>[0] {
  const ignore = () => undefined;
  return {
    cancelWithStatus: ignore,
    getPeer: () => '',
    start(_metadata: Metadata, listener: Partial<Listener> = {}) {
      listener.onReceiveMessage?.(null, ignore);
      listener.onReceiveStatus?.({ code: status.CANCELLED, details, metadata: new Metadata() }, ignore);
    },
    sendMessageWithContext: ignore,
    sendMessage: ignore,
    startRead: ignore,
    halfClose: ignore,
    getAuthContext: () => null,
  };
}
