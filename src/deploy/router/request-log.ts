import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { AppError } from '../../errors.ts';
import { parseLogLine, type RoutedRequest } from './router.ts';

/** A datagram that waits: 4 MB hold some 10 s of 1,000 requests/s. */
const bufferBytes = 4 << 20;

/** Takes the router's log lines as long as it is open; what is sent while nobody listens is lost, and nothing waits. */
export const listenToRequests = async (
  port: number,
  onRequest: (request: RoutedRequest) => void,
): Promise<{ close(): void }> => {
  const socket = createSocket('udp4');
  socket.on('message', (message) => {
    for (const line of message.toString('utf8').split('\n')) {
      const request = parseLogLine(line);
      if (request) onRequest(request);
    }
  });
  socket.bind(port, '127.0.0.1');
  try {
    await once(socket, 'listening');
  } catch (cause) {
    throw new AppError('tool.failed', `The router's log cannot be received: port ${port} (UDP) is taken`, {
      cause,
      hint: 'Stop what listens there; without the log a new version cannot be judged.',
    });
  }
  socket.on('error', () => undefined); // a message that could not be read is a request that was not counted
  socket.setRecvBufferSize(bufferBytes);
  return { close: () => socket.close() };
};
