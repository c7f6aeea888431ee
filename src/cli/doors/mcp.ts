import type { Command } from 'commander';

export const mcpCommand = (program: Command): void => {
  program
    .command('mcp')
    .summary('let other agents drive the pipeline, by MCP on standard input and output')
    .description(
      'Serves the operations as tools and the documents as resources, by the Model Context Protocol on standard input and output.',
    )
    .option('--projects <folder>', 'folder of the projects', '.')
    .action(async ({ projects }: { projects: string }) => {
      const [{ serveMcp }, { surroundings }, path] = await Promise.all([
        import('../../mcp/server.ts'),
        import('../surroundings.ts'),
        import('node:path'),
      ]);
      await serveMcp({ ...surroundings(), folder: path.resolve(projects) });
    });
};
