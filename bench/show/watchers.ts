import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { unusedPort } from '../../src/deploy/ports.ts';
import { hurried, startPrometheus } from '../../test/system/prometheus.ts';

export type Alert = { status: string; labels: Record<string, string>; annotations: Record<string, string> };

/**
 * Prometheus and Alertmanager on the files that `specwright manifests` wrote; minutes are seconds there, so that nobody
 * has to wait. `told` is what the receiver of pages was sent.
 */
export const startWatchers = async (files: Record<string, string>, target: string, folder: string) => {
  const told: Alert[] = [];
  const inbox = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    told.push(...JSON.parse(text).alerts);
    response.end();
  });
  await new Promise<void>((resolve) => inbox.listen(0, '127.0.0.1', resolve));
  const receiver = `http://127.0.0.1:${(inbox.address() as AddressInfo).port}/page`;
  const port = await unusedPort();
  const put = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  put('alerts.yml', hurried(files['alerts.yml']!));
  put('alertmanager.yml', withReceiver(files['alertmanager.yml']!, receiver));
  const child: ChildProcess = spawn(
    'prometheus-alertmanager',
    [
      '--config.file=alertmanager.yml',
      `--storage.path=${path.join(folder, 'alertmanager-data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  const scraping = parse(files['prometheus.yml']!);
  scraping.scrape_configs[0].static_configs[0].targets = [target];
  scraping.alerting.alertmanagers[0].static_configs[0].targets = [`127.0.0.1:${port}`];
  const prometheus = await startPrometheus(folder, stringify(scraping));
  const url = `http://127.0.0.1:${port}`;
  for (let up = false; !up; await sleep(100)) up = (await fetch(`${url}/-/ready`).catch(() => null))?.ok ?? false;
  return {
    told,
    /** As Alertmanager itself shows them. */
    async active(): Promise<Alert[]> {
      const answer = await fetch(`${url}/api/v2/alerts?active=true`);
      return (await answer.json()) as Alert[];
    },
    stop() {
      prometheus.stop();
      child.kill('SIGKILL');
      inbox.close();
    },
  };
};

const withReceiver = (config: string, url: string): string => {
  const parsed = parse(config.replaceAll(/(group_wait|group_interval): \S+/g, '$1: 1s'));
  const page = parsed.receivers.find(({ name }: { name: string }) => name === 'page');
  page.webhook_configs = [{ url, send_resolved: true }];
  return stringify(parsed, { lineWidth: 0 });
};
