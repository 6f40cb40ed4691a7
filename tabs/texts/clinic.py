"""The prose of the gradient check."""

from __future__ import annotations

CLINIC_INTRO = (
    "A gradient worked out by hand is easy to get wrong, and a network with a wrong one still "
    "learns a little. So each gradient of our NumPy cells stands beside the numeric one: move a "
    "number a little up and down, and see how the loss moves. Switch on a well-known mistake and "
    "see which entries turn red, and why."
)
CLINIC_NO_MISTAKE = "None: the code as it is"
CLINIC_MISTAKE_HELP = "one line of the code is changed; only the mistakes that this cell allows"
CLINIC_MISTAKES = {  # by their names in inference.bug_clinic
    "no_time": "No gradient through time",
    "derivative": "Wrong derivative",
    "transposed": "Transposed weight",
    "no_carry": "Missing carry",
    "bias_sum": "Dropped bias sum",
}
CLINIC_RIGHT = "All {entries} entries of {arrays} gradients agree."
CLINIC_WRONG = "{wrong} of {entries} entries are wrong, in {touched} of {arrays} gradients."
CLINIC_SIZE = (
    "{cell}, {units} units, {steps}; largest relative error {largest:.1e}, and above {limit:.0e} "
    "is wrong"
)
CLINIC_UNSEEN = (
    "The mistake is there, and the check does not see it: with one step nothing is handed back and "
    "nothing added up. So check gradients over two steps and more."
)
CLINIC_LEGEND = (
    "<span>· right</span><span>✗ wrong; the stronger the red, the larger the error</span>"
    "<span>in dx a column is a step</span>"
    "<span>point at an entry, tap it, or walk with ← and →</span>"
)
CLINIC_ARRAYS = {  # what each gradient is by
    "dWax": "weights, input to state",
    "dWaa": "weights, state to state",
    "dba": "bias of the state",
    "dWr": "weights of the reset gate",
    "dWz": "weights of the update gate",
    "dWn": "weights of the candidate",
    "dbr": "bias of the reset gate",
    "dbz": "bias of the update gate",
    "dbn": "bias of the candidate",
    "dbna": "bias of the candidate's state part",
    "dWf": "weights of the forget gate",
    "dWi": "weights of the input gate",
    "dWc": "weights of the candidate",
    "dWo": "weights of the output gate",
    "dbf": "bias of the forget gate",
    "dbi": "bias of the input gate",
    "dbc": "bias of the candidate",
    "dbo": "bias of the output gate",
    "dx": "inputs",
    "da0": "initial state",
    "dc0": "initial cell state",
}
_NO_TIME = (
    "The code gives each step the gradient of its own output only. It should add "
    "<code>da_prevt</code>, what the step after handed back: a state changes all that comes later. "
    "So only the last step's input is right, and with one step everything is, which is why a test "
    "of a single step never finds it. The expected values that a well-known course printed for its "
    "LSTM until 2021 came from code without a way through time, and two much-copied NumPy LSTMs "
    "have none to this day."
)
_BIAS_SUM = (
    "The code has <code>=</code> where it should have <code>+=</code>. All steps share the biases, "
    "so their gradients add up over the steps; here only the share of the first step is left, the "
    "one that is computed last. No other gradient is made from these, so nothing else is wrong, "
    "and a network still learns with it: only a check finds it. Learners meet it when they write "
    "many sums by hand and miss one character; its twin, a forgotten sum over the batch, at least "
    "gives a wrong shape."
)
CLINIC_WHY = {  # by mistake and cell
    ("no_time", "rnn"): _NO_TIME,
    ("no_time", "gru"): _NO_TIME,
    ("no_time", "lstm"): _NO_TIME,
    ("derivative", "rnn"): (
        "The code has <code>(1 - a)²</code>, and it should have <code>1 - a²</code>, the "
        "derivative of tanh in terms of its own result. Every gradient passes through this line, "
        "so every entry is wrong, with any number of steps. The two look alike, and some tutorials "
        "print the wrong one; learners copy it from there."
    ),
    ("derivative", "gru"): (
        "The code multiplies by the gate <code>z</code>, and it should multiply by the derivative "
        "of the sigmoid, <code>z (1 - z)</code>. With one step it hits the update gate's own "
        "gradients and what goes out of the cell (dx, da0); with more steps da carries it into all "
        "others. Learners meet it when they take the output of the sigmoid for its derivative."
    ),
    ("derivative", "lstm"): (
        "The code multiplies by the gate <code>f</code>, and it should multiply by the derivative "
        "of the sigmoid, <code>f (1 - f)</code>. With one step it hits the forget gate's own "
        "gradients and what goes out of the cell (dx, da0); with more steps da carries it into all "
        "others. Two much-copied NumPy LSTMs have a sigmoid here instead of its derivative, and "
        "their users asked why no gradient check passes."
    ),
    ("transposed", "rnn"): (
        "The way back needs <code>Waa.T</code>: what was a row on the way out is a column on the "
        "way back. The state's matrix is square, so NumPy multiplies either way and says nothing. "
        "With one step only da0 is wrong; with more, all that the earlier steps had a share in. "
        "Learners know the same slip with <code>Wax</code>, where it is an error about shapes and "
        "a frequent question in forums. The LSTM here has no square matrix, so it cannot be made "
        "there."
    ),
    ("transposed", "gru"): (
        "The way back needs <code>Waz.T</code>: what was a row on the way out is a column on the "
        "way back. The part of a gate's matrix that reads the state is square, so NumPy multiplies "
        "either way and says nothing. With one step only da0 is wrong; with more, all that the "
        "earlier steps had a share in. Learners know the same slip with the part that reads the "
        "input, where it is an error about shapes."
    ),
    ("no_carry", "gru"): (
        "A GRU keeps a share z of its state as it is, so the same share of the gradient, "
        "<code>da_next * zt</code>, goes straight back to the state before. The code leaves it "
        "out, and only the ways through the gates remain, although this is the very path that lets "
        "a GRU learn over long distances. Learners forget it because a plain RNN has no such term."
    ),
    ("no_carry", "lstm"): (
        "The cell state has its own way through time: c is f times the c before, so "
        "<code>dc * f</code> must be handed to the step before. The code computes it and never "
        "passes it on. dc0 stays zero, and all that depends on the cell state of an earlier step "
        "is wrong; the output gate is hit last, and with two steps it is still right. Learners "
        "make <code>dc_prevt</code> before the loop and forget to set it inside."
    ),
    ("bias_sum", "rnn"): _BIAS_SUM,
    ("bias_sum", "gru"): _BIAS_SUM,
    ("bias_sum", "lstm"): _BIAS_SUM,
}
