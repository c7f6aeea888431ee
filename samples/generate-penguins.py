"""Writes penguins/penguins.csv: 300 rows of three penguin species that do not exist, from a fixed seed."""

import csv
import random
from pathlib import Path

SEED = 20261120
ROWS = 300
MISSING = 0.02

# species: share, then for each island where it lives mean and spread of bill length, bill depth, flipper length (mm)
# and body mass (g). Frostcrest has a small form and a large one, so that no single straight line parts the species.
SPECIES = {
    "Frostcrest": (
        0.42,
        {
            "Aldra": [(38.2, 2.2), (18.5, 1.0), (188, 6.0), (3600, 380)],
            "Brint": [(50.8, 2.4), (17.2, 1.0), (208, 6.5), (4550, 420)],
        },
    ),
    "Pebbleback": (0.26, {"Aldra": [(46.0, 2.4), (18.7, 1.0), (196, 6.5), (3850, 380)]}),
    "Duskwing": (
        0.32,
        {
            "Brint": [(44.8, 2.3), (15.2, 0.9), (213, 6.2), (4800, 430)],
            "Corra": [(47.5, 2.5), (14.9, 0.9), (219, 6.2), (5200, 450)],
        },
    ),
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
    _, forms = SPECIES[species]
    island = chance.choice(list(forms))
    sex = chance.choice(["male", "female"])
    size = chance.gauss(0, 0.5)  # a large bird is large in every measure
    values: list[object] = []
    for (mean, spread), male, digits in zip(forms[island], MALE, DIGITS, strict=True):
        shift = mean * male / 2 * (1 if sex == "male" else -1)
        value = round(mean + shift + spread * 0.8 * (size + chance.gauss(0, 0.85)), digits)
        values.append(int(value) if digits == 0 else value)
    row = [species, island, *values, sex, chance.choice([2023, 2024, 2025])]
    return [cell if at == 0 or chance.random() >= MISSING else "" for at, cell in enumerate(row)]


if __name__ == "__main__":
    main()
