: C-fibre axon after Sundt, Gamper & Jaffe 2015, written from its equations for comparison with Rami's.
: m3 h sodium, n3 l potassium (Borg-Graham form), leak; q10 3 from 30 C.

NEURON {
    SUFFIX sundtaxon
    NONSPECIFIC_CURRENT i
    RANGE gna, gk, gl, ena, ek, el
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gna = 0.04 (S/cm2)
    gk = 0.04 (S/cm2)
    gl = 0.0001 (S/cm2)
    ena = 50 (mV)
    ek = -90 (mV)
    el = -60 (mV)
    celsius (degC)
}

STATE { m h n l }

ASSIGNED {
    v (mV)
    i (mA/cm2)
    minf hinf ninf linf
    mtau (ms) htau (ms) ntau (ms) ltau (ms)
}

INITIAL {
    rates(v)
    m = minf
    h = hinf
    n = ninf
    l = linf
}

BREAKPOINT {
    SOLVE gates METHOD cnexp
    i = gna * m*m*m * h * (v - ena) + gk * n*n*n * l * (v - ek) + gl * (v - el)
}

DERIVATIVE gates {
    rates(v)
    m' = (minf - m) / mtau
    h' = (hinf - h) / htau
    n' = (ninf - n) / ntau
    l' = (linf - l) / ltau
}

FUNCTION barrier(x, y) {
    if (fabs(x / y) < 1e-6) {
        barrier = y * (1 - x / y / 2)
    } else {
        barrier = x / (exp(x / y) - 1)
    }
}

PROCEDURE rates(v (mV)) {
    LOCAL q, s, am, bm, ah, bh, a, b
    q = 3 ^ ((celsius - 30) / 10)
    s = 1e-3 * 9.648e4 / (8.315 * (273.16 + celsius))
    am = 0.32 * q * barrier(13.1 - (v + 59), 4)
    bm = 0.28 * q * barrier((v + 59) - 40.1, 5)
    minf = am / (am + bm)
    mtau = 1 / (am + bm)
    ah = 0.128 * q * exp((17 - (v + 71)) / 18)
    bh = 4 * q / (exp((40 - (v + 71)) / 5) + 1)
    hinf = ah / (ah + bh)
    htau = 1 / (ah + bh)
    a = exp(-5 * s * (v + 32))
    ninf = 1 / (1 + a)
    ntau = exp(-2 * s * (v + 32)) / (0.03 * q * (1 + a))
    b = exp(2 * s * (v + 61))
    linf = 1 / (1 + b)
    ltau = exp(2 * s * (v + 61)) / (0.001 * q * (1 + b))
}
