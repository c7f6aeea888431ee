import { AppError } from '../../errors.ts';
import type { KeptRelease, Lifetime } from './target.ts';

export type Surroundings = {
  /** What every process inherits; keys of models are not in it. */
  environment: Record<string, string>;
  /** Where the variables that a spec names are looked for, keys of models among them. */
  secrets: Record<string, string>;
  lifetime?: Lifetime | null;
};

/** The variables that the spec names and the surroundings set, written nowhere; a secret that is missing is named. */
export const surroundingsOf = (
  { spec }: Pick<KeptRelease, 'spec'>,
  secrets: Record<string, string>,
): Record<string, string> => ({
  ...Object.fromEntries(spec.environment.flatMap((name) => (secrets[name] ? [[name, secrets[name]]] : []))),
  ...Object.fromEntries(
    spec.secrets.map((name) => {
      const value = secrets[name];
      if (value === undefined) {
        throw new AppError('input.invalid', `${spec.name} needs the secret ${name}, which is not set`, {
          hint: `Set the variable ${name} in the surroundings of this command.`,
        });
      }
      return [name, value];
    }),
  ),
});
