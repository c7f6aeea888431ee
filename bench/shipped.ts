import { join } from 'node:path';
import { loadConfig } from '../src/config.ts';

const { packageFolder } = loadConfig();
const layer = (name: string, file: string) => join(packageFolder, 'templates', name, 'data', file);

/** A brief and its data, for each task family: what the program itself carries. */
export type Case = { name: string; brief: string; data: string };

export const shipped: Case[] = [
  {
    name: 'tabular',
    brief: 'Predict the species of a penguin.',
    data: join(packageFolder, 'samples/penguins/penguins.csv'),
  },
  { name: 'text', brief: 'Sort short remarks by their topic.', data: layer('text', 'mini/data.csv') },
  { name: 'image', brief: 'Recognise the shape on small pictures.', data: layer('image', 'images') },
  {
    name: 'forecast',
    brief: 'Forecast the visitors of the next 3 days from the days before.',
    data: layer('forecast', 'mini/data.csv'),
  },
  { name: 'seq2seq', brief: 'Translate numbers from English to Chinese.', data: layer('seq2seq', 'mini/data.csv') },
  {
    name: 'face',
    brief: 'Verify whether two photos show the same person, and identify enrolled people.',
    data: layer('face', 'images'),
  },
];
