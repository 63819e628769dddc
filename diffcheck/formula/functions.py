"""The table of functions: one row a mathematical function, every cell text or a number.

Cells are written in the parameters ``x``, ``y``, ``z`` and, where it is known, the result ``r``.

names      the names in formulas, the first of which names the row
arity      the number of arguments
torch      torch's own kernel; empty: torch has none (then ``form`` composes one, or the row is unsupported)
arb        the enclosure, in the names of truth/special.py; empty: ``form`` is enclosed
numpy      the midpoint, in the names of truth/quick.py; empty: one arb evaluation a point
partials   the partial derivative for each argument, *in the form torch's kernel computes it*: read as
           mathematics it is the truth, walked with rounding it is the allowance; None: no derivative is known
slack      how many units of roundoff torch's kernel may be off by
domain     what must be positive (``> 0``), not negative (``>= 0``) or not zero (``!= 0``) for a real value
ties       what is zero exactly where the function may have a kink or a jump
pulls      the cotangent that each argument gets, in the result's cotangent ``g``, where torch's backward is no product
           of ``g`` and the partial: in half precision it matters to a derivative of higher order
form       the value as torch computes it, where that loses bits that the result cannot tell
sympy      sympy's own class or expression, used to differentiate; empty: a class is made from this row
"""

from diffcheck.formula.array_functions import ARRAYS
from diffcheck.formula.row import Function
from diffcheck.formula.row import row as _row

_ARITHMETIC = (
    _row("add", "x + y", "x + y", "x + y", "1", "1", slack=1, sympy="Add(x, y)", takes_numbers=True),
    _row("sub", "x - y", "x - y", "x - y", "1", "-1", slack=1, sympy="Add(x, Mul(-1, y))", takes_numbers=True),
    _row("mul", "x*y", "x*y", "x*y", "y", "x", slack=1, sympy="Mul(x, y)", takes_numbers=True),
    _row("div", "x/y", "x/y", "x/y", "1/y", "-r/y", slack=1, domain="y != 0", sympy="Mul(x, Pow(y, -1))", takes_numbers=True,
         pulls=("g/y", "-g*(x/y/y)")),
    _row("reciprocal", "1/x", "1/x", "1/x", "-r*r", slack=1, domain="x != 0", sympy="Pow(x, -1)", takes_numbers=True),
    _row("neg", "-x", "-x", "-x", "-1", slack=0, sympy="Mul(-1, x)", takes_numbers=True),
    _row("pow Pow", "x**y", "power(x, y)", "power(x, y)", "y*x**(y - 1)", "r*log(x)",
         domain="power_domain(x, y) >= 0, power_pole(x, y) != 0", sympy="Pow(x, y)", takes_numbers=True),
    _row("power_domain", "", "power_domain(x, y)", "", "0", "0"),
    _row("power_pole", "", "power_pole(x, y)", "", "0", "0"),
)  # fmt: skip

_CHOICES = (
    _row("select", "torch.where(x, y, z)", "select(x, y, z)", "select(x, y, z)", None, "where(x, 1, 0)", "where(x, 0, 1)",
         slack=0),
    _row("lt Lt StrictLessThan", "x < y", "less(x, y)", "x < y", None, None, slack=0, ties="x - y", takes_numbers=True),
    _row("le Le LessThan", "x <= y", "less_equal(x, y)", "x <= y", None, None, slack=0, ties="x - y", takes_numbers=True),
    _row("gt Gt StrictGreaterThan", "x > y", "less(y, x)", "x > y", None, None, slack=0, ties="x - y", takes_numbers=True),
    _row("ge Ge GreaterThan", "x >= y", "less_equal(y, x)", "x >= y", None, None, slack=0, ties="x - y", takes_numbers=True),
    _row("eq Eq Equality", "x == y", "equal(x, y)", "x == y", None, None, slack=0, ties="x - y", takes_numbers=True),
    _row("ne Ne Unequality", "x != y", "unequal(x, y)", "x != y", None, None, slack=0, ties="x - y", takes_numbers=True),
    _row("both And", "torch.logical_and(x, y)", "both(x, y)", "both(x, y)", None, None, slack=0),
    _row("either Or", "torch.logical_or(x, y)", "either(x, y)", "either(x, y)", None, None, slack=0),
    _row("opposite Not", "torch.logical_not(x)", "opposite(x)", "opposite(x)", None, slack=0),
)  # fmt: skip

_ELEMENTARY = (
    _row("exp", "torch.exp(x)", "exp(x)", "exp(x)", "r", sympy="exp(x)"),
    _row("expm1", "torch.expm1(x)", "expm1(x)", "expm1(x)", "r + 1"),
    _row("exp2", "torch.exp2(x)", "power(2, x)", "exp2(x)", "r*log(2)"),
    _row("log ln", "torch.log(x)", "log(x)", "log(x)", "1/x", domain="x > 0", sympy="log(x)", pulls=("g/x",)),
    _row("log1p", "torch.log1p(x)", "log1p(x)", "log1p(x)", "1/(x + 1)", domain="1 + x > 0", pulls=("g/(x + 1)",)),
    _row("log2", "torch.log2(x)", "log(x)/log(2)", "log2(x)", "1/(x*log(2))", domain="x > 0", pulls=("g/(x*log(2))",)),
    _row("log10", "torch.log10(x)", "log(x)/log(10)", "log10(x)", "1/(x*log(10))", domain="x > 0", pulls=("g/(x*log(10))",)),
    _row("sqrt", "torch.sqrt(x)", "sqrt(x)", "sqrt(x)", "1/(2*r)", slack=2, domain="x >= 0", sympy="Pow(x, Rational(1, 2))",
         pulls=("g/(2*r)",)),
    _row("rsqrt", "torch.rsqrt(x)", "1/sqrt(x)", "1/sqrt(x)", "-r**3/2", domain="x > 0", sympy="Pow(x, Rational(-1, 2))"),
    _row("cbrt", "", "cbrt(x)", "cbrt(x)", "1/(3*r*r)", ties="x", form="sign(x)*abs(x)**(1/3)"),
    _row("hypot", "torch.hypot(x, y)", "sqrt(x*x + y*y)", "hypot(x, y)", "x/r", "y/r", ties="abs(x) + abs(y)"),
    _row("sin", "torch.sin(x)", "sin(x)", "sin(x)", "cos(x)", sympy="sin(x)"),
    _row("cos", "torch.cos(x)", "cos(x)", "cos(x)", "-sin(x)", sympy="cos(x)"),
    _row("tan", "torch.tan(x)", "tan(x)", "tan(x)", "1 + r*r", sympy="tan(x)"),
    _row("cot", "", "cot(x)", "", "-1 - r*r", domain="sin(x) != 0", form="1/tan(x)"),
    _row("sec", "", "sec(x)", "", "r*tan(x)", form="1/cos(x)"),
    _row("csc", "", "csc(x)", "", "-r*cot(x)", domain="sin(x) != 0", form="1/sin(x)"),
    _row("asin arcsin", "torch.asin(x)", "asin(x)", "arcsin(x)", "1/sqrt(1 - x*x)", domain="1 - x >= 0, 1 + x >= 0"),
    _row("acos arccos", "torch.acos(x)", "acos(x)", "arccos(x)", "-1/sqrt(1 - x*x)", domain="1 - x >= 0, 1 + x >= 0"),
    _row("atan arctan", "torch.atan(x)", "atan(x)", "arctan(x)", "1/(x*x + 1)", pulls=("g/(x*x + 1)",)),
    _row("atan2 arctan2", "torch.atan2(x, y)", "atan2(x, y)", "arctan2(x, y)", "y/(x*x + y*y)", "-x/(x*x + y*y)",
         domain="hypot(x, y) != 0", ties="where(y < 0, x, 1)"),
    _row("acot", "", "atan(1/x)", "", "-1/(x*x + 1)", domain="x != 0", form="atan(1/x)"),
    _row("asec", "", "acos(1/x)", "", "1/(x*x*sqrt(1 - 1/(x*x)))", domain="abs(x) - 1 >= 0", form="acos(1/x)"),
    _row("acsc", "", "asin(1/x)", "", "-1/(x*x*sqrt(1 - 1/(x*x)))", domain="abs(x) - 1 >= 0", form="asin(1/x)"),
    _row("sinh", "torch.sinh(x)", "sinh(x)", "sinh(x)", "cosh(x)", sympy="sinh(x)"),
    _row("cosh", "torch.cosh(x)", "cosh(x)", "cosh(x)", "sinh(x)", sympy="cosh(x)"),
    _row("tanh", "torch.tanh(x)", "tanh(x)", "tanh(x)", "1 - r*r", sympy="tanh(x)"),
    _row("sech", "", "sech(x)", "", "-r*tanh(x)", form="1/cosh(x)"),
    _row("csch", "", "csch(x)", "", "-r*coth(x)", domain="x != 0", form="1/sinh(x)"),
    _row("coth", "", "coth(x)", "", "1 - r*r", domain="x != 0", form="1/tanh(x)"),
    _row("asinh arcsinh", "torch.asinh(x)", "asinh(x)", "arcsinh(x)", "1/sqrt(x*x + 1)"),
    _row("acosh arccosh", "torch.acosh(x)", "acosh(x)", "arccosh(x)", "1/sqrt(x*x - 1)", domain="x - 1 >= 0"),
    _row("atanh arctanh", "torch.atanh(x)", "atanh(x)", "arctanh(x)", "1/(1 - x*x)", domain="1 - x > 0, 1 + x > 0"),
    _row("asech", "", "acosh(1/x)", "", "-1/(x*x*sqrt(1/(x*x) - 1))", domain="x > 0, 1 - x >= 0", form="acosh(1/x)"),
    _row("acsch", "", "asinh(1/x)", "", "-1/(x*x*sqrt(1/(x*x) + 1))", domain="x != 0", form="asinh(1/x)"),
    _row("acoth", "", "atanh(1/x)", "", "1/(1 - x*x)", domain="abs(x) - 1 > 0", form="atanh(1/x)"),
    _row("sinc", "", "sinc(x)", "", "where(x == 0, 0, (x*cos(x) - sin(x))/(x*x))", form="sincpi(x/pi)"),
    _row("sincpi", "torch.sinc(x)", "sinc_pi(x)", "sinc(x)", "where(x == 0, 0, (x*pi*cos(x*pi) - sin(x*pi))/(x*x*pi))",
         slack=8, form="where(x == 0, 1, sin(x*pi)/(x*pi))"),
    _row("xlogy", "torch.xlogy(x, y)", "xlogy(x, y)", "", "log(y)", "x/y", domain="where(x == 0, 1, y) > 0"),
    _row("logaddexp", "torch.logaddexp(x, y)", "logaddexp(x, y)", "logaddexp(x, y)",
         "1/(1 + exp(y - x))", "1/(1 + exp(x - y))", form="max(x, y) + log1p(exp(-abs(x - y)))"),
    _row("entr", "torch.special.entr(x)", "entr(x)", "", "-log(x) - 1", domain="x >= 0"),
)  # fmt: skip

_BENT = (
    _row("abs Abs", "torch.abs(x)", "absolute(x)", "absolute(x)", "sign(x)", slack=0, ties="x"),
    _row("sign sgn", "torch.sign(x)", "sign(x)", "sign(x)", "0", slack=0, ties="x"),
    _row("max Max maximum", "torch.maximum(x, y)", "maximum(x, y)", "maximum(x, y)",
         "where(x > y, 1, 0)", "where(x > y, 0, 1)", slack=0, ties="x - y"),
    _row("min Min minimum", "torch.minimum(x, y)", "minimum(x, y)", "minimum(x, y)",
         "where(x < y, 1, 0)", "where(x < y, 0, 1)", slack=0, ties="x - y"),
    _row("clamp clip", "torch.clamp(x, y, z)", "minimum(maximum(x, y), z)", "minimum(maximum(x, y), z)",
         "where(x > y, where(x < z, 1, 0), 0)", "where(x > y, 0, where(y < z, 1, 0))",
         "where(max(x, y) < z, 0, 1)", slack=0, ties="x - y, max(x, y) - z", scalars="yz"),
    _row("floor", "torch.floor(x)", "floor(x)", "floor(x)", "0", slack=0, ties="x - round(x)"),
    _row("ceil ceiling", "torch.ceil(x)", "ceil(x)", "ceil(x)", "0", slack=0, ties="x - round(x)"),
    _row("round", "torch.round(x)", "nearest(x)", "rint(x)", "0", slack=0, ties="x - floor(x) - 1/2"),
    _row("trunc", "torch.trunc(x)", "trunc(x)", "trunc(x)", "0", slack=0, ties="x - round(x)"),
    _row("frac", "torch.frac(x)", "x - trunc(x)", "x - trunc(x)", "1", slack=1, ties="x - round(x)"),
    _row("Mod mod remainder", "torch.remainder(x, y)", "x - y*floor(x/y)", "mod(x, y)", "1", "-floor(x/y)",
         domain="y != 0", ties="x/y - round(x/y)", slack=1, form="x - y*floor(x/y)", takes_numbers=True),
    _row("Heaviside step heaviside", "", "heaviside(x)", "heaviside(x, 0.5)", "0", slack=0, ties="x",
         form="where(x > 0, 1, where(x < 0, 0, 1/2))"),
)  # fmt: skip

_NETWORKS = (
    _row("sigmoid expit", "torch.sigmoid(x)", "1/(1 + exp(-x))", "", "r*(1 - r)"),
    _row("logit", "torch.logit(x)", "log(x/(1 - x))", "", "1/(x*(1 - x))", domain="x > 0, 1 - x > 0", form="log(x/(1 - x))"),
    _row("softplus", "torch.nn.functional.softplus(x)", "log1p(exp(x))", "", "sigmoid(x)"),
    _row("logsigmoid", "torch.nn.functional.logsigmoid(x)", "-log1p(exp(-x))", "", "sigmoid(-x)"),
    _row("relu", "torch.relu(x)", "maximum(x, 0)", "maximum(x, 0)", "where(x > 0, 1, 0)", slack=0, ties="x"),
    _row("silu swish", "torch.nn.functional.silu(x)", "x/(1 + exp(-x))", "", "sigmoid(x)*(1 + x*(1 - sigmoid(x)))"),
    # The vector kernels' erf is Abramowitz and Stegun's 7.1.26 in float32: off by up to 3 units of roundoff of 1.
    _row("gelu", "torch.nn.functional.gelu(x)", "x*erfc(-x/sqrt(2))/2", "",
         "(6 + erf(x*sqrt(1/2)) - 5)/2 + x*exp(-x*x/2)/sqrt(2*pi)", slack=6, form="x*(6 + erf(x*sqrt(1/2)) - 5)/2"),
    _row("mish", "torch.nn.functional.mish(x)", "x*tanh(log1p(exp(x)))", "",
         "tanh(softplus(x)) + x*sigmoid(x)*(1 - tanh(softplus(x))*tanh(softplus(x)))", form="x*tanh(log1p(exp(x)))"),
    _row("elu", "torch.nn.functional.elu(x, y)", "select(less(0, x), x, y*expm1(x))", "", "where(x > 0, 1, y*exp(x))", None,
         ties="x", numbers="y", defaults=("1",)),
    _row("celu", "torch.nn.functional.celu(x, y)", "select(less(0, x), x, y*expm1(x/y))", "", "where(x > 0, 1, exp(x/y))", None,
         domain="y != 0", ties="x", numbers="y", defaults=("1",)),
    _row("selu", "torch.nn.functional.selu(x)",
         "selu_scale*select(less(0, x), x, selu_alpha*expm1(x))", "",
         "1.0507009873554804934193349852946*where(x > 0, 1, 1.6732632423543772848170429916717*exp(x))", ties="x"),
    _row("softsign", "torch.nn.functional.softsign(x)", "x/(1 + absolute(x))", "x/(1 + absolute(x))",
         "1/(1 + abs(x)) - x*sign(x)/((1 + abs(x))*(1 + abs(x)))", ties="x"),
    _row("hardtanh", "torch.nn.functional.hardtanh(x)", "minimum(maximum(x, -1), 1)", "minimum(maximum(x, -1), 1)",
         "where(x > -1, where(x < 1, 1, 0), 0)", slack=0, ties="x - 1, x + 1"),
    _row("hardsigmoid", "torch.nn.functional.hardsigmoid(x)", "minimum(maximum(x + 3, 0), 6)/6", "",
         "where(x > -3, where(x < 3, 1/6, 0), 0)", ties="x - 3, x + 3", form="min(max(x + 3, 0), 6)/6"),
    _row("hardswish", "torch.nn.functional.hardswish(x)", "x*minimum(maximum(x + 3, 0), 6)/6", "",
         "where(x < -3, 0, where(x < 3, x/3 + 1/2, 1))", ties="x - 3, x + 3", form="x*min(max(x + 3, 0), 6)/6"),
    _row("relu6", "torch.nn.functional.relu6(x)", "minimum(maximum(x, 0), 6)", "minimum(maximum(x, 0), 6)",
         "where(x > 0, where(x < 6, 1, 0), 0)", slack=0, ties="x, x - 6"),
    _row("leaky_relu", "torch.nn.functional.leaky_relu(x, y)", "select(less(0, x), x, x*y)", "", "where(x > 0, 1, y)", None,
         slack=1, ties="x", numbers="y", defaults=("1/100",)),
)  # fmt: skip

_SPECIAL = (
    _row("erf", "torch.erf(x)", "erf(x)", "", "2/sqrt(pi)*exp(-(x*x))", sympy="erf(x)"),
    _row("erfc", "torch.erfc(x)", "erfc(x)", "", "-2/sqrt(pi)*exp(-(x*x))"),
    _row("erfinv", "torch.erfinv(x)", "erfinv(x)", "", "sqrt(pi)/2*exp(r*r)", domain="1 - x > 0, 1 + x > 0"),
    _row("erfcx", "torch.special.erfcx(x)", "exp(x*x)*erfc(x)", "", "2*x*r - 2/sqrt(pi)",
         form="where(x < 0, 2*exp(x*x) - erfcx(-x), erfcx(x))"),
    _row("erfi", "", "erfi(x)", "", "2/sqrt(pi)*exp(x*x)"),
    _row("ndtr", "torch.special.ndtr(x)", "erfc(-x/sqrt(2))/2", "", "exp(-((x*sqrt(1/2))*(x*sqrt(1/2))))/sqrt(2*pi)",
         form="(1 + erf(x*sqrt(1/2)))/2"),
    _row("log_ndtr", "torch.special.log_ndtr(x)", "log(erfc(-x/sqrt(2))/2)", "", "sqrt(2/pi)/erfcx(-x/sqrt(2))",
         form="where(x < -1, log(erfcx(-x*sqrt(1/2))/2) - x*x/2, log1p(-erfc(x*sqrt(1/2))/2))"),
    _row("gammasign", "", "gammasign(x)", "", "0", slack=0, domain="gammapole(x) != 0",
         form="where(x > 0, 1, 1 - 2*Mod(ceil(-x), 2))"),
    _row("gammapole", "", "gammapole(x)", "", None),
    _row("gamma", "", "gamma(x)", "", "r*digamma(x)", domain="gammapole(x) != 0", form="gammasign(x)*exp(lgamma(x))"),
    _row("lgamma loggamma gammaln", "torch.lgamma(x)", "lgamma(x)", "", "digamma(x)", slack=8, domain="gammapole(x) != 0"),
    _row("digamma psi", "torch.digamma(x)", "digamma(x)", "", "polygamma(1, x)", slack=8, domain="gammapole(x) != 0",
         form="where(x > 0, digamma(x + 6) - (1/x + 1/(x + 1) + 1/(x + 2) + 1/(x + 3) + 1/(x + 4) + 1/(x + 5)),"
              "digamma(1 - x) - pi*cos(pi*(x - trunc(x)))/sin(pi*(x - trunc(x))))"),
    _row("polygamma", "torch.polygamma(x, y)", "polygamma(x, y)", "", None, "polygamma(x + 1, y)",
         slack=32, domain="gammapole(y) != 0", takes_numbers=True, numbers="x",
         form="where(And(x > 0, y > 0), (2*Mod(x, 2) - 1)*exp(lgamma(x + 1))*zeta(x + 1, y), polygamma(x, y))"),
    _row("beta", "", "beta(x, y)", "", "r*(digamma(x) - digamma(x + y))", "r*(digamma(y) - digamma(x + y))",
         domain="gammapole(x) != 0, gammapole(y) != 0",
         form="gammasign(x)*gammasign(y)*gammasign(x + y)*exp(lgamma(x) + lgamma(y) - lgamma(x + y))"),
    _row("zeta", "torch.special.zeta(x, y)", "zeta(x, y)", "", None, "-x*zeta(x + 1, y)", slack=16,
         domain="x - 1 != 0, power_domain(y, x) >= 0, where(x > 0, gammapole(y), 1) != 0", defaults=("1",)),
    _row("i0", "torch.special.i0(x)", "bessel_i(0, x)", "", "i1(x)", slack=16),
    _row("i0e", "torch.special.i0e(x)", "exp(-absolute(x))*bessel_i(0, x)", "", "i1e(x) - sign(x)*r", slack=16, ties="x"),
    _row("i1", "torch.special.i1(x)", "bessel_i(1, x)", "", "where(x == 0, 1/2, i0(x) - r/x)", slack=24),
    _row("i1e", "torch.special.i1e(x)", "exp(-absolute(x))*bessel_i(1, x)", "",
         "where(x == 0, 1/2, i0e(x) - r*(sign(x) + 1/x))", slack=24, ties="x"),
    _row("bessel_j0", "torch.special.bessel_j0(x)", "bessel_j(0, x)", "", "-bessel_j1(x)", slack=64),
    _row("bessel_j1", "torch.special.bessel_j1(x)", "bessel_j(1, x)", "", "where(x == 0, 1/2, bessel_j0(x) - r/x)", slack=64),
    _row("bessel_y0", "torch.special.bessel_y0(x)", "bessel_y(0, x)", "", "-bessel_y1(x)", slack=64, domain="x > 0"),
    _row("bessel_y1", "torch.special.bessel_y1(x)", "bessel_y(1, x)", "", "bessel_y0(x) - r/x", slack=64, domain="x > 0"),
    _row("modified_bessel_i0", "torch.special.modified_bessel_i0(x)", "bessel_i(0, x)", "", "i1(x)", slack=16),
    _row("modified_bessel_i1", "torch.special.modified_bessel_i1(x)", "bessel_i(1, x)", "",
         "where(x == 0, 1/2, i0(x) - r/x)", slack=16),
    _row("modified_bessel_k0", "torch.special.modified_bessel_k0(x)", "bessel_k(0, x)", "", "-modified_bessel_k1(x)",
         slack=16, domain="x > 0"),
    _row("modified_bessel_k1", "torch.special.modified_bessel_k1(x)", "bessel_k(1, x)", "", "-modified_bessel_k0(x) - r/x",
         slack=16, domain="x > 0"),
    _row("scaled_modified_bessel_k0", "torch.special.scaled_modified_bessel_k0(x)", "exp(x)*bessel_k(0, x)", "",
         "r - scaled_modified_bessel_k1(x)", slack=16, domain="x > 0"),
    _row("scaled_modified_bessel_k1", "torch.special.scaled_modified_bessel_k1(x)", "exp(x)*bessel_k(1, x)", "",
         "r - scaled_modified_bessel_k0(x) - r/x", slack=16, domain="x > 0"),
    _row("spherical_bessel_j0", "torch.special.spherical_bessel_j0(x)", "sinc(x)", "",
         "where(x == 0, 0, (x*cos(x) - sin(x))/(x*x))", slack=8),
    _row("besselj", "", "bessel_j(x, y)", "", None, "(besselj(x - 1, y) - besselj(x + 1, y))/2",
         domain="power_domain(y, x) >= 0, power_pole(power_domain(y, x), x) != 0"),
    _row("bessely", "", "bessel_y(x, y)", "", None, "(bessely(x - 1, y) - bessely(x + 1, y))/2", domain="y > 0"),
    _row("besseli", "", "bessel_i(x, y)", "", None, "(besseli(x - 1, y) + besseli(x + 1, y))/2",
         domain="power_domain(y, x) >= 0, power_pole(power_domain(y, x), x) != 0"),
    _row("besselk", "", "bessel_k(x, y)", "", None, "-(besselk(x - 1, y) + besselk(x + 1, y))/2", domain="y > 0"),
    _row("airyai airy_ai", "torch.special.airy_ai(x)", "airy_ai(x)", "", "airyaiprime(x)", slack=256),
    _row("airyaiprime", "", "airy_ai_prime(x)", "", "x*airyai(x)"),
    _row("airybi", "", "airy_bi(x)", "", "airybiprime(x)"),
    _row("airybiprime", "", "airy_bi_prime(x)", "", "x*airybi(x)"),
    _row("LambertW lambertw", "", "lambertw(x)", "", "1/(x + exp(r))", domain="x + exp(-1) >= 0"),
    _row("Si", "", "si(x)", "", "sinc(x)"),
    _row("Ci", "", "ci(x)", "", "cos(x)/x", domain="x > 0"),
)  # fmt: skip

TABLE: tuple[Function, ...] = _ARITHMETIC + _CHOICES + _ELEMENTARY + _BENT + _NETWORKS + _SPECIAL
"""Every function, in the order the documentation lists them."""

ROWS: dict[str, Function] = {row.name: row for row in (*TABLE, *ARRAYS)}
"""A row by its own name, those of whole arrays too."""

INTERNAL = frozenset({"add", "sub", "mul", "div", "reciprocal", "neg", "select", "both", "either", "opposite", "gammasign",
                      "gammapole", "power_domain", "power_pole", "pow", "lt", "le", "gt", "ge", "eq", "ne"})  # fmt: skip
"""Row names that operators and other spellings stand for: not callable by that name in a formula."""

SPELLINGS: dict[str, Function] = {
    spelling: row for row in TABLE for spelling in row.names if spelling not in INTERNAL
}
"""A row by any name a formula may call it."""

ORDERS = {
    ("besselj", 0): "bessel_j0", ("besselj", 1): "bessel_j1", ("bessely", 0): "bessel_y0", ("bessely", 1): "bessel_y1",
    ("besseli", 0): "i0", ("besseli", 1): "i1", ("besselk", 0): "modified_bessel_k0", ("besselk", 1): "modified_bessel_k1",
}  # fmt: skip
"""The rows that torch has for one order only, by sympy's function and that order."""
