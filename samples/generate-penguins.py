"""Writes penguins/penguins.csv: 300 rows of three penguin species that do not exist, from a fixed seed."""

import csv
import random
from pathlib import Path

SEED = 20261120
ROWS = 300
MISSING = 0.02

# species: share, islands, then mean and spread of bill length, bill depth, flipper length (mm) and body mass (g)
SPECIES = {
    "Frostcrest": (0.40, ["Aldra", "Brint"], [(38.5, 2.4), (18.4, 1.0), (190, 6.0), (3650, 400)]),
    "Pebbleback": (0.25, ["Aldra"], [(48.6, 2.8), (18.6, 1.0), (196, 6.5), (3780, 380)]),
    "Duskwing": (0.35, ["Brint", "Corra"], [(47.3, 2.7), (14.9, 0.9), (217, 6.2), (5060, 470)]),
}
COLUMNS = ["species", "island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex", "year"]
# A male is larger by this share of the mean.
MALE = [0.045, 0.045, 0.015, 0.085]
DIGITS = [1, 1, 0, 0]


def main() -> None:
    chance = random.Random(SEED)
    names = list(SPECIES)
    shares = [SPECIES[name][0] for name in names]
    rows = [bird(chance, name) for name in chance.choices(names, shares, k=ROWS)]
    target = Path(__file__).parent / "penguins" / "penguins.csv"
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def bird(chance: random.Random, species: str) -> list[object]:
    _, islands, measures = SPECIES[species]
    sex = chance.choice(["male", "female"])
    size = chance.gauss(0, 0.5)  # a large bird is large in every measure
    values: list[object] = []
    for (mean, spread), male, digits in zip(measures, MALE, DIGITS, strict=True):
        shift = mean * male / 2 * (1 if sex == "male" else -1)
        value = round(mean + shift + spread * 0.8 * (size + chance.gauss(0, 0.85)), digits)
        values.append(int(value) if digits == 0 else value)
    row = [species, chance.choice(islands), *values, sex, chance.choice([2023, 2024, 2025])]
    return [cell if at == 0 or chance.random() >= MISSING else "" for at, cell in enumerate(row)]


if __name__ == "__main__":
    main()
