"""Longer texts for what needs many characters: how units correlate, how often gates are shut.

By the corpus that a network was trained on. The plays are not in Tiny Shakespeare, so no network
has read these lines; the dinosaurs are names that one may find in any book.
"""

from __future__ import annotations

PLAYS = """HAMLET:
To be, or not to be, that is the question:
Whether 'tis nobler in the mind to suffer
The slings and arrows of outrageous fortune,
Or to take arms against a sea of troubles,
And by opposing end them. To die, to sleep;
No more; and by a sleep to say we end
The heart-ache and the thousand natural shocks
That flesh is heir to: 'tis a consummation
Devoutly to be wish'd.

MACBETH:
Is this a dagger which I see before me,
The handle toward my hand? Come, let me clutch thee.
I have thee not, and yet I see thee still.
Art thou not, fatal vision, sensible
To feeling as to sight?

LADY MACBETH:
My hands are of your colour; but I shame
To wear a heart so white.

MACBETH:
To-morrow, and to-morrow, and to-morrow,
Creeps in this petty pace from day to day,
To the last syllable of recorded time;
And all our yesterdays have lighted fools
The way to dusty death. Out, out, brief candle!

JAQUES:
All the world's a stage,
And all the men and women merely players;
They have their exits and their entrances,
And one man in his time plays many parts,
His acts being seven ages.

ANTONY:
Friends, Romans, countrymen, lend me your ears;
I come to bury Caesar, not to praise him.
The evil that men do lives after them,
The good is oft interred with their bones;
So let it be with Caesar.

First Citizen:
Methinks there is much reason in his sayings.

Second Citizen:
If thou consider rightly of the matter,
Caesar has had great wrong.
"""
DINOSAURS = """tyrannosaurus
triceratops
stegosaurus
velociraptor
brachiosaurus
diplodocus
iguanodon
allosaurus
ankylosaurus
spinosaurus
parasaurolophus
pachycephalosaurus
deinonychus
carnotaurus
apatosaurus
compsognathus
corythosaurus
gallimimus
oviraptor
protoceratops
styracosaurus
therizinosaurus
megalosaurus
plateosaurus
coelophysis
dilophosaurus
baryonyx
edmontosaurus
maiasaura
giganotosaurus
"""
LONG_TEXTS = {"shakespeare": PLAYS, "dinosaurs": DINOSAURS}
