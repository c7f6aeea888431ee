"""Makes a small data set for a family of tasks whose user has given none, so that a project can be built and tried.

    make_data.py TASK BRIEF OUTPUT

Writes a CSV (for images: a folder of images by class) and prints {path, target, about: {zh, en}, public: name}.
What is made is made by rule from the lists below: it proves that a project runs, never how good its model is.
"""

from __future__ import annotations

import csv
import itertools
import json
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

ROWS = 360
Made = dict[str, Any]

CANTONESE = {
    "who": [("我", "我"), ("佢", "他"), ("我哋", "我们"), ("佢哋", "他们"), ("阿媽", "妈妈"), ("你哋", "你们")],
    "when": [("而家", "现在"), ("聽日", "明天"), ("琴日", "昨天"), ("今晚", "今晚"), ("頭先", "刚才"), ("下晝", "下午")],
    "what": [
        ("食緊飯", "正在吃饭"), ("唔返工", "不上班"), ("去邊度", "去哪里"), ("喺屋企", "在家"), ("睇戲", "看电影"),
        ("飲咗茶", "喝了茶"), ("買嘢", "买东西"), ("行街", "逛街"), ("瞓覺", "睡觉"), ("搭巴士", "坐公交车"),
        ("唔知點解", "不知道为什么"), ("鍾意呢個", "喜欢这个"),
    ],
}
ENGLISH = {
    "who": [("I", "我"), ("We", "我们"), ("They", "他们"), ("The teacher", "老师"), ("My friend", "我的朋友"), ("You", "你")],
    "what": [
        ("read a book", "读书"), ("drink tea", "喝茶"), ("go home", "回家"), ("buy bread", "买面包"), ("play music", "演奏音乐"),
        ("write a letter", "写信"), ("take the train", "坐火车"), ("cook rice", "做米饭"), ("learn Chinese", "学中文"),
        ("open the door", "开门"),
    ],
    "when": [("today", "今天"), ("tomorrow", "明天"), ("in the morning", "早上"), ("at night", "晚上"), ("now", "现在"), ("on Sunday", "星期天")],
}
GOOD = {"en": ["great", "tasty", "friendly staff", "arrived early", "well made", "worth it"], "zh": ["好吃", "服务热情", "物流很快", "质量不错", "很满意", "值得推荐"]}
BAD = {"en": ["terrible", "tasteless", "rude staff", "arrived late", "broke at once", "a waste"], "zh": ["难吃", "态度差", "等了很久", "质量差", "很失望", "不推荐"]}
PLAIN = {"en": ["we came on Sunday", "ordered twice", "second floor", "paid by card", "with friends", "the blue one"], "zh": ["周末去的", "买了两件", "在二楼", "刷卡付款", "和朋友一起", "蓝色的那款"]}


def translation(brief: str, output: Path, rng: random.Random) -> Made:
    cantonese = re.search(r"粤语|粵語|广东话|廣東話|cantonese", brief, re.I) is not None
    if cantonese:
        parts, join = CANTONESE, lambda who, when, what: f"{who}{when}{what}"
        pairs = [
            (join(a[0], b[0], c[0]), join(a[1], b[1], c[1]))
            for a, b, c in itertools.product(parts["who"], parts["when"], parts["what"])
        ]
    else:
        pairs = [
            (f"{a[0]} {c[0]} {b[0]}.", f"{a[1]}{b[1]}{c[1]}。")
            for a, b, c in itertools.product(ENGLISH["who"], ENGLISH["when"], ENGLISH["what"])
        ]
    rng.shuffle(pairs)
    write(output, ["source", "target"], pairs[:ROWS])
    what = ("粤语—普通话", "Cantonese and Mandarin") if cantonese else ("英—中", "English and Chinese")
    return {
        "target": "target",
        "about": {"zh": f"按句型生成的{what[0]}短句对", "en": f"short pairs of {what[1]} made from sentence patterns"},
        "public": "facebook/flores:yue_Hant-zho_Hans" if cantonese else "Helsinki-NLP/opus-100:en-zh",
    }


def sentiment(brief: str, output: Path, rng: random.Random) -> Made:
    language = "zh" if re.search(r"[\u4e00-\u9fff]", brief) else "en"
    join, end = ("，", "。") if language == "zh" else (", ", ".")
    rows = []
    for _ in range(ROWS):
        label = rng.choice(["positive", "negative"])
        words = rng.sample((GOOD if label == "positive" else BAD)[language], 2) + rng.sample(PLAIN[language], 2)
        rng.shuffle(words)
        rows.append([join.join(words) + end, label])
    write(output, ["text", "label"], rows)
    return {
        "target": "label",
        "about": {"zh": "由好评与差评词语拼成的短评", "en": "short reviews put together from words of praise and complaint"},
        "public": "stanfordnlp/imdb",
    }


def shapes(_: str, output: Path, rng: random.Random) -> Made:
    from PIL import Image, ImageDraw

    for number in range(ROWS):
        kind = ("cross", "ring", "square")[number % 3]
        image = Image.new("L", (24, 24), rng.randint(0, 60))
        pen, light = ImageDraw.Draw(image), rng.randint(150, 255)
        x, y, size = rng.randint(2, 6), rng.randint(2, 6), rng.randint(10, 15)
        box = (x, y, x + size, y + size)
        if kind == "cross":
            pen.line(box, fill=light, width=2)
            pen.line((x, y + size, x + size, y), fill=light, width=2)
        else:
            (pen.ellipse if kind == "ring" else pen.rectangle)(box, outline=light, width=2)
        path = output / kind / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    return {
        "target": "folder",
        "about": {"zh": "画出来的叉、圈、方框", "en": "drawn crosses, rings and squares"},
        "public": "uoft-cs/cifar10",
    }


def faces(_: str, output: Path, rng: random.Random) -> Made:
    from drawn_faces import draw_people

    draw_people(output, rng, people=24, pictures=6, side=48)
    return {
        "target": "folder",
        "about": {"zh": "画出来的脸：24 个人，每人 6 张", "en": "drawn faces: 24 people, 6 pictures of each"},
        "public": "olivetti_faces --hub sklearn",
    }


MAKERS: dict[str, Callable[[str, Path, random.Random], Made]] = {
    "sequence_to_sequence": translation,
    "text_classification": sentiment,
    "image_classification": shapes,
    "face_verification": faces,
}


def write(path: Path, header: list[str], rows: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    task, brief, output = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    made = MAKERS[task](brief, output, random.Random(7))
    json.dump({"path": str(output), **made}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
