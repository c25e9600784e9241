"""Values of the mathematical functions to far more digits than a double has, for tools/ulp.ts.

Needs mpmath (`pip install mpmath`). Reads lines `op x …`, numbers as the 16 hexadecimal digits of a double's bits and
complex ones as `re,im`; writes for each the parts of the value, each as the nearest double and what that lacks. NaN
where the function has no value.
"""

import struct
import sys
from mpmath import mp, mpf, mpc
import mpmath as m

mp.prec = 200

FUNCTIONS = {
    "exponential": m.exp,
    "exponential-minus-one": m.expm1,
    "log": m.log,
    "log-plus-one": m.log1p,
    "logistic": lambda x: 1 / (1 + m.exp(-x)),
    "sqrt": m.sqrt,
    "rsqrt": lambda x: 1 / m.sqrt(x),
    "cbrt": lambda x: -m.cbrt(-x) if isinstance(x, mpf) and x < 0 else m.cbrt(x),
    "abs": abs,
    "sign": lambda x: x / abs(x),
    "power": lambda x, y: x**y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "square": lambda x: x * x,
    "sine": m.sin,
    "cosine": m.cos,
    "tan": m.tan,
    "sinh": m.sinh,
    "cosh": m.cosh,
    "tanh": m.tanh,
    "asin": m.asin,
    "acos": m.acos,
    "atan": m.atan,
    "asinh": m.asinh,
    "acosh": m.acosh,
    "atanh": m.atanh,
    "atan2": lambda y, x: m.atan2(y, x) if isinstance(y, mpf) else -1j * m.log((x + 1j * y) / m.sqrt(x * x + y * y)),
    "erf": m.erf,
    "erfc": m.erfc,
    "erf-inv": lambda x: m.erfinv(x),
    "lgamma": lambda x: m.log(abs(m.gamma(x))) if abs(x) < 1000 else m.loggamma(x).real,
    "digamma": m.digamma,
    "bessel-i1e": lambda x: m.besseli(1, x) * m.exp(-abs(x)),
    "polygamma": lambda n, x: m.digamma(x) if n == 0 else (-1) ** (int(n) + 1) * m.factorial(n) * hurwitz(n + 1, x),
    "zeta": lambda x, q: hurwitz(x, q),
}


def hurwitz(x, q):
    """The sum over k ≥ 0 of (q + k)^−x, for negative q and whole x as well: Euler and Maclaurin's formula (DLMF 25.11.5)."""
    head = mpf(0)
    start = max(0, int(m.ceil(-q))) + 60
    for k in range(start):
        head += (q + k) ** -x
    a = q + start
    term = x / a
    tail = mpf(0)
    for j in range(1, 40):
        tail += term * m.bernoulli(2 * j) / m.factorial(2 * j)
        term *= (x + 2 * j - 1) * (x + 2 * j) / a**2
    return head + a**-x * (a / (x - 1) + mpf(1) / 2 + tail)


def number(text):
    parts = [mpf(struct.unpack(">d", bytes.fromhex(t))[0]) for t in text.split(",")]
    return parts[0] if len(parts) == 1 else mpc(*parts)


def exact(op, *arguments):
    """Between parts of complex numbers that are far apart in size, digits cancel: as many more are carried."""
    parts = [p for a in arguments for p in ((a.real, a.imag) if isinstance(a, mpc) else (a,))]
    spread = max((abs(m.mag(p)) for p in parts if p != 0 and m.isfinite(p)), default=0)
    pair = any(isinstance(a, mpc) for a in arguments)
    with mp.workprec(mp.prec + (4 * int(spread) + 200 if pair else 0)):
        f = FUNCTIONS[op]
        if pair:
            # mpmath's own are accurate in absolute terms only.
            f = {"exponential-minus-one": lambda z: m.exp(z) - 1, "log-plus-one": lambda z: m.log(1 + z)}.get(op, f)
        return f(*arguments)


def nearest(x):
    """Subnormal numbers are rounded once."""
    unit = mpf(2) ** -1074
    return float(m.nint(x / unit) * unit) if abs(x) < mpf(2) ** -1022 else float(x)


def halves(x):
    high = nearest(x)
    low = float(x - mpf(high)) if m.isfinite(mpf(high)) else 0.0
    return " ".join(struct.pack(">d", v).hex() for v in (high, low))


def parts_of(value, pair):
    if pair:
        return (mpc(value).real, mpc(value).imag)
    return (mpf("nan"),) if isinstance(value, mpc) else (value,)


for line in sys.stdin:
    op, *arguments = line.split()
    pair = any("," in a for a in arguments) and op != "abs"
    try:
        value = exact(op, *map(number, arguments))
    except (ValueError, ZeroDivisionError, OverflowError, mp.NoConvergence):
        value = mpc("nan", "nan") if pair else mpf("nan")
    print(*map(halves, parts_of(value, pair)))
