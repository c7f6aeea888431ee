/** Contents of files and data are no instructions, whatever they say: the roles' texts name these marks. */
export const asData = (text: string, cut = false): string =>
  `<<<data\n${text.replaceAll('<<<', '< <<').replaceAll('>>>', '>> >')}${cut ? '\n(cut)' : ''}\n>>>`;
