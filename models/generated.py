"""Texts made up to show the static vectors every word of the vocabulary.

The corpus lacks many everyday words, or has them only among software. A vector that training never moves no longer
fits those that it does, so we ask the teacher about each word in sentences of the kind that users write. The frames
are general English; nothing in them or in the choice of words is taken from an evaluation set.
"""

import numpy as np

FRAMES = (
    "{}",
    "{} {}",
    "{} and {}",
    "{} or {}",
    "{} for {}",
    "{} with {}",
    "{} of the {}",
    "{} from {} to {}",
    "a {} for my {}",
    "the {} is {}",
    "my {} is {}",
    "my {} has no {}",
    "what is {}",
    "what is the {} of {}",
    "what does {} mean",
    "what {} do you have for {}",
    "which {} is best for {}",
    "who is {}",
    "when is the {}",
    "when will my {} be {}",
    "where is the {}",
    "where can i find {}",
    "why is my {} not {}",
    "why was the {} {}",
    "how do i {} the {}",
    "how do i {} my {} with {}",
    "how can i get {}",
    "how many {} are in the {}",
    "how much {} is in {}",
    "how long does {} take",
    "can i {} a {}",
    "can you {} the {}",
    "can you help me with {}",
    "could you {} this {} for me",
    "could you tell me the {} for {}",
    "do you know any {} about {}",
    "does the {} have {}",
    "is there a {} for {}",
    "is it {} to {}",
    "are {} and {} the same",
    "i want to {} the {}",
    "i want {}",
    "i need a {}",
    "i need to {} my {}",
    "i need help with {} and {}",
    "i would like {} with {}",
    "i am looking for {}",
    "i have a {} and a {}",
    "i can not {} my {}",
    "i lost my {}",
    "i think the {} is {}",
    "please {}",
    "please {} the {}",
    "please {} {} from {}",
    "tell me about {}",
    "tell me the {} of {}",
    "show me {}",
    "show the {} for {}",
    "find {} near {}",
    "find me a {} with {}",
    "give me a {} {}",
    "get the {} by {}",
    "list all {}",
    "list the {} in {}",
    "search for {} {}",
    "create a {} for {}",
    "make a {} from the {}",
    "add {} to my {}",
    "remove {} from the {}",
    "change the {} to {}",
    "update {} with {}",
    "set {} to {}",
    "send the {} to {}",
    "compare {} and {}",
    "explain {} to me",
    "let me know about {}",
    "the {} does not {}",
    "there is a {} in my {}",
    "thanks for the {}",
    "something about {} and {}",
)

SEED = 3


def generate(tokens, frequencies, count):
    """`count` texts: frames in turn, their gaps filled with whole words of the vocabulary.

    Half of the gaps get words evenly, so that each is seen; half by the root of their frequency, so that the common
    ones are seen together.
    """
    words = [number for number, token in enumerate(tokens) if token.isalpha() and token.isascii() and len(token) > 2]
    common = np.sqrt(frequencies[words])
    common /= common.sum()
    random = np.random.default_rng(SEED)
    gaps = sum(FRAMES[text % len(FRAMES)].count("{}") for text in range(count))
    evenly = np.concatenate([random.permutation(len(words)) for _ in range(gaps // len(words) + 1)])[:gaps]
    by_frequency = random.choice(len(words), gaps, p=common)
    chosen = iter(np.where(random.random(gaps) < 0.5, evenly, by_frequency))
    return [
        frame.format(*(tokens[words[next(chosen)]] for _ in range(frame.count("{}"))))
        for frame in (FRAMES[text % len(FRAMES)] for text in range(count))
    ]
