import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Said = { text?: string; calls?: { name: string; input: unknown }[] };
/** What the server was asked, in a form that both protocols share. */
export type Asked = {
  number: number;
  protocol: 'anthropic' | 'openai';
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  /** All text that the model is shown. */
  seen: string;
};
export type Script = (asked: Asked, response: ServerResponse) => Said | undefined | Promise<Said | undefined>;

/**
 * A server on loopback that speaks the wire protocols of Anthropic (`/v1/messages`) and OpenAI
 * (`/v1/chat/completions`). It is no model: the script says what it answers, or writes the response itself.
 */
export const startModelServer = async (script: Script): Promise<{ url: string; asked: Asked[]; close(): void }> => {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    void answer(request, response, { script, asked });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  { script, asked }: { script: Script; asked: Asked[] },
): Promise<void> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>;
  const protocol = request.url?.endsWith('/messages') ? 'anthropic' : 'openai';
  const one: Asked = {
    number: asked.length,
    protocol,
    headers: request.headers,
    body,
    seen: `${JSON.stringify(body.system ?? '')}\n${JSON.stringify(body.messages)}`,
  };
  asked.push(one);
  const said = await script(one, response);
  if (said === undefined) return;
  const id = one.number;
  const reply = protocol === 'anthropic' ? anthropicReply(said, id) : openaiReply(said, id);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
};

const anthropicReply = ({ text, calls = [] }: Said, id: number) => ({
  id: `msg_${id}`,
  type: 'message',
  role: 'assistant',
  model: 'scripted',
  content: [
    ...(text === undefined ? [] : [{ type: 'text', text }]),
    ...calls.map(({ name, input }, index) => ({ type: 'tool_use', id: `toolu_${id}_${index}`, name, input })),
  ],
  stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 600, output_tokens: 100, cache_read_input_tokens: 400, cache_creation_input_tokens: 0 },
});

const openaiReply = ({ text, calls = [] }: Said, id: number) => ({
  id: `chatcmpl-${id}`,
  object: 'chat.completion',
  created: 1,
  model: 'scripted',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: text ?? null,
        ...(calls.length > 0
          ? {
              tool_calls: calls.map(({ name, input }, index) => ({
                id: `call_${id}_${index}`,
                type: 'function',
                function: { name, arguments: JSON.stringify(input) },
              })),
            }
          : {}),
      },
      finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
    },
  ],
  usage: {
    prompt_tokens: 1000,
    completion_tokens: 100,
    total_tokens: 1100,
    prompt_tokens_details: { cached_tokens: 400 },
  },
});
