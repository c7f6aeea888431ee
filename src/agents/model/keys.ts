import { existsSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { AppError } from '../../errors.ts';
import { readText } from '../../world/files.ts';
import { type Provider, providers } from './choice.ts';

/** Where models are reached: variables of the surroundings, and a file of them that only its owner may read. */
export type ModelAccess = { variables: Record<string, string>; keyFile: string };

export type Endpoint = { url: string; key: string | undefined };

const file = (access: ModelAccess): Record<string, string> => {
  if (!existsSync(access.keyFile)) return {};
  const { mode } = statSync(access.keyFile);
  if ((mode & 0o077) !== 0) {
    throw new AppError(
      'input.invalid',
      `${access.keyFile} may be read by others (mode ${(mode & 0o777).toString(8)})`,
      {
        hint: `Run: chmod 600 ${access.keyFile}`,
      },
    );
  }
  return parseEnv(readText(access.keyFile)) as Record<string, string>;
};

/** The provider's address and key; an error names the variable that is missing, and never a key. */
export const endpointOf = (name: string, access: ModelAccess): Endpoint & Provider => {
  const provider = providers[name]!;
  const found = { ...file(access), ...access.variables };
  const url = found[provider.urlVariable] || provider.url;
  if (!url) {
    throw new AppError('usage', `The provider ${name} has no address`, { hint: `Set ${provider.urlVariable}.` });
  }
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new AppError('usage', `${provider.urlVariable} is no address of the web: ${url}`, {
      hint: 'It looks like http://127.0.0.1:8000/v1.',
    });
  }
  const key = found[provider.keyVariable];
  if (provider.keyNeeded && !key) {
    throw new AppError('usage', `The provider ${name} needs a key`, {
      hint: `Set ${provider.keyVariable}, or write ${provider.keyVariable}=… into ${access.keyFile} (chmod 600).`,
    });
  }
  return { ...provider, url: withVersion(url), key };
};

/** Addresses are given with and without the version in their path. */
const withVersion = (url: string): string => {
  const trimmed = url.replace(/\/+$/, '');
  return /\/v\d+$/.test(trimmed) ? trimmed : `${trimmed}/v1`;
};
