import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { AppError, messageOf } from '../errors.ts';
import { type Verb, verbs } from '../operations/headless/verbs.ts';
import { artifactIn, artifactsIn, projectNames, type Workshop } from '../operations/headless/workshop.ts';

/** The pipeline for other agents: its operations as tools, its documents as resources. */
export const createMcpServer = (workshop: Workshop): McpServer => {
  const server = new McpServer(
    { name: 'specwright', version: '0.1.0' },
    {
      instructions:
        'Specwright turns a brief and data into a trained, deployed and watched service. create_project runs all stages; where it waits, answer its questions and resume. Verdicts come from evidence: read status and the artifacts before you tell a person that something is done.',
    },
  );
  for (const verb of verbs) addTool(server, verb, workshop);
  addArtifacts(server, workshop);
  return server;
};

/** Serves on standard input and output until the host closes them. */
export const serveMcp = async (workshop: Workshop): Promise<void> => {
  const server = createMcpServer(workshop);
  const closed = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once('end', resolve);
  });
  await server.connect(new StdioServerTransport());
  await closed;
};

const addTool = (server: McpServer, verb: Verb, workshop: Workshop): void => {
  server.registerTool(
    verb.name,
    {
      description: verb.description,
      inputSchema: verb.input.shape,
      annotations: { readOnlyHint: verb.role === 'viewer' },
    },
    async (input: unknown, { signal, sendNotification, _meta }) => {
      const token = _meta?.progressToken;
      let progress = 0;
      const onProgress = (stage: string, text: string) => {
        if (token === undefined) return;
        progress += 1;
        // The host may have gone away meanwhile; the run goes on until its signal says otherwise.
        void sendNotification({
          method: 'notifications/progress',
          params: { progressToken: token, progress, message: `${stage} ${text}` },
        }).catch(() => undefined);
      };
      try {
        const result = await verb.run(input, { workshop, signal, onProgress });
        return { content: [{ type: 'text' as const, text: JSON.stringify(result, null, 1) }] };
      } catch (error) {
        return { isError: true, content: [{ type: 'text' as const, text: tellError(error) }] };
      }
    },
  );
};

const addArtifacts = (server: McpServer, workshop: Workshop): void => {
  const template = new ResourceTemplate('specwright://{project}/{+file}', {
    list: async () => ({
      resources: projectNames(workshop).flatMap((project) =>
        artifactsIn(workshop, project).map((file) => ({
          uri: `specwright://${project}/${file}`,
          name: `${project}: ${file}`,
        })),
      ),
    }),
  });
  server.registerResource(
    'artifact',
    template,
    { description: 'A document that a stage made.' },
    async (uri, { project, file }) => ({
      contents: [{ uri: uri.href, text: artifactIn(workshop, String(project), decodeURIComponent(String(file))) }],
    }),
  );
};

const tellError = (error: unknown): string =>
  error instanceof AppError
    ? `error: ${error.message}${error.hint ? `\nhint: ${error.hint}` : ''}`
    : `error: ${messageOf(error)}`;
