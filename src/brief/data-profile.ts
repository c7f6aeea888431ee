/** What a glance at the user's data says; the brief is read beside it. */
export type DataProfile = {
  kind: 'table' | 'images' | 'none';
  fileName: string | null;
  rows: number;
  columns: DataColumn[];
};

export type DataColumn = {
  name: string;
  type: 'number' | 'text' | 'boolean' | 'date';
  distinct: number;
  missing: number;
  examples: string[];
  /** Mean number of characters of a text column. */
  meanLength?: number;
  /** Its numbers or dates are written in words or a form of their own: as texts they can be learnt, too. */
  rewritten?: boolean;
};
