import type { RoutedServer } from './router.ts';

export type Choice = { choose(exclude: ReadonlySet<RoutedServer>): RoutedServer | null };

/**
 * Smooth weighted round robin: among any run of requests as long as the sum of the weights, each server has exactly
 * its share, and none of them in one piece. Servers that failed for this request are left out.
 */
export const smoothRoundRobin = (servers: readonly RoutedServer[]): Choice => {
  const credit = new Map(servers.map((server) => [server, 0]));
  return {
    choose(exclude) {
      const open = servers.filter((server) => server.weight > 0 && !exclude.has(server));
      const total = open.reduce((sum, { weight }) => sum + weight, 0);
      let best: RoutedServer | null = null;
      for (const server of open) {
        credit.set(server, credit.get(server)! + server.weight);
        if (best === null || credit.get(server)! > credit.get(best)!) best = server;
      }
      if (best) credit.set(best, credit.get(best)! - total);
      return best;
    },
  };
};
