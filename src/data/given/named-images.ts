import path from 'node:path';

/** Where the name of a picture says what is on it: before its number (`cat.12.jpg`) or behind it (`0012_cat.jpg`). */
export type NamedBy = 'prefix' | 'suffix';

/** As `python/list_images.py` reads them. */
const patterns: Record<NamedBy, RegExp> = {
  prefix: /^(.*?)[ ._-]*\(?\d+\)?$/,
  suffix: /^\(?\d+\)?[ ._-]+(.+)$/,
};

/** Words that cameras, phones and programs put before a number. */
const device =
  /^(?:img|images?|dsc[a-z]?|pxl|vid|mvimg|pano|burst|screenshots?|wa|photos?|pics?|pictures?|scans?|frames?|files?|dcim|gopr|p|at|am|pm|unnamed|untitled|download|图片|照片|截图|微信图片)$/i;

/** "cat" says what is on a picture; a date or the name of a camera does not. */
const saysSomething = (name: string): boolean =>
  name
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '')
    .some((word) => !device.test(word));

/** Share of the pictures that must be one of two or more of their class. */
const paired = 0.8;

/** The classes that the names of pictures tell; null: they tell none, as IMG_0001 does not. */
export const classesByName = (files: string[]): { by: NamedBy; classes: string[] } | null => {
  for (const by of ['prefix', 'suffix'] as const) {
    const names = files.map((file) => patterns[by].exec(path.parse(file).name)?.[1] ?? '');
    const counts = Map.groupBy(names, (name) => name);
    const inPairs = [...counts].filter(([name, all]) => saysSomething(name) && all.length > 1);
    const covered = inPairs.reduce((sum, [, all]) => sum + all.length, 0);
    if (inPairs.length > 1 && covered >= paired * files.length)
      return { by, classes: inPairs.map(([name]) => name).sort() };
  }
  return null;
};
