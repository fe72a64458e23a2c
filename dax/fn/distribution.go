package fn

import (
	"math"

	"inlay/dax"
)

var (
	aX         = need("x", dax.Double)
	chance     = need("probability", dax.Double)
	freedom    = need("degrees of freedom", dax.Double)
	cumulative = need("cumulative", dax.Boolean)
	aMean      = need("mean", dax.Double)
	deviation  = need("standard deviation", dax.Double)
)

// distribution makes the description of a function of a distribution.
func distribution(name, doc string, params []Param, examples []Example, f func(a *args) float64) Func {
	return Func{Name: name, Returns: dax.Double, Params: params, Doc: doc, Examples: examples, Eval: computed(f)}
}

// degrees are the second argument: at least one degree of freedom, cut to a whole number.
func (a *args) degrees() float64 {
	n := math.Trunc(a.num(1))
	a.must(n >= 1 && n <= 1e10, "the degrees of freedom must be at least 1")
	return n
}

// probability is the first argument, between 0 and 1; zero and one say which ends it may have.
func (a *args) probability(zero, one bool) float64 {
	p := a.num(0)
	a.must(p > 0 && p < 1 || zero && p == 0 || one && p == 1, "the probability is not between 0 and 1")
	return p
}

// distributions holds the functions of distributions of chance.
var distributions = []Func{
	distribution("NORM.DIST", "The normal distribution: the density, or what lies at or below x.", []Param{aX, aMean, deviation, cumulative},
		[]Example{{`NORM.DIST(42, 40, 1.5, TRUE)`, `0.908788780274132`}, {`ROUND(NORM.DIST(42, 40, 1.5, FALSE), 8)`, `0.10934005`}, {`NORM.DIST(1, 0, 0, TRUE)`, `error`}},
		func(a *args) float64 {
			a.must(a.num(2) > 0, "the standard deviation must be greater than 0")
			z := (a.num(0) - a.num(1)) / a.num(2)
			if a.num(3) != 0 {
				return normal01(z)
			}
			return density01(z) / a.num(2)
		}),
	distribution("NORM.INV", "The x at or below which a part of the normal distribution lies.", []Param{chance, aMean, deviation},
		[]Example{{`NORM.INV(0.908789, 40, 1.5)`, `42.0000020095663`}, {`NORM.INV(1, 0, 1)`, `error`}},
		func(a *args) float64 {
			a.must(a.num(2) > 0, "the standard deviation must be greater than 0")
			return a.num(1) + a.num(2)*inverse01(a.probability(false, false))
		}),
	distribution("NORM.S.DIST", "The standard normal distribution: the density, or what lies at or below z.", []Param{need("z", dax.Double), cumulative},
		[]Example{{`NORM.S.DIST(1.333333, TRUE)`, `0.908788725604095`}, {`ROUND(NORM.S.DIST(0, FALSE), 8)`, `0.39894228`}},
		func(a *args) float64 {
			if a.num(1) != 0 {
				return normal01(a.num(0))
			}
			return density01(a.num(0))
		}),
	distribution("NORM.S.INV", "The z at or below which a part of the standard normal distribution lies.", []Param{chance},
		[]Example{{`NORM.S.INV(0.908789)`, `1.33333467304411`}, {`NORM.S.INV(0)`, `error`}},
		func(a *args) float64 { return inverse01(a.probability(false, false)) }),
	distribution("CONFIDENCE.NORM", "Half the width of the interval of confidence of a mean, by the normal distribution.", []Param{need("alpha", dax.Double), deviation, need("size", dax.Double)},
		[]Example{{`ROUND(CONFIDENCE.NORM(0.05, 2.5, 50), 9)`, `0.692951912`}},
		func(a *args) float64 {
			n := sampleSize(a, 1)
			return inverse01(1-a.probability(false, false)/2) * a.num(1) / math.Sqrt(n)
		}),
	distribution("CONFIDENCE.T", "Half the width of the interval of confidence of a mean, by the distribution of Student.", []Param{need("alpha", dax.Double), deviation, need("size", dax.Double)},
		[]Example{{`ROUND(CONFIDENCE.T(0.05, 1, 50), 9)`, `0.284196855`}},
		func(a *args) float64 {
			n := sampleSize(a, 2)
			return studentInverse(1-a.probability(false, false)/2, max(n-1, 1)) * a.num(1) / math.Sqrt(n)
		}),
	distribution("CHISQ.DIST", "The chi-squared distribution: the density, or what lies at or below x.", []Param{aX, freedom, cumulative},
		[]Example{{`CHISQ.DIST(2, 2, TRUE)`, `0.632120558828558`}, {`ROUND(CHISQ.DIST(2, 3, FALSE), 8)`, `0.20755375`}, {`CHISQ.DIST(-1, 2, TRUE)`, `error`}},
		func(a *args) float64 {
			x, n := a.num(0), a.degrees()
			a.must(x >= 0, "x must not be negative")
			if a.num(2) != 0 {
				p, _ := gammaParts(n/2, x/2)
				return p
			}
			g, _ := math.Lgamma(n / 2)
			return math.Exp((n/2-1)*math.Log(x) - x/2 - n/2*math.Ln2 - g)
		}),
	distribution("CHISQ.DIST.RT", "What of the chi-squared distribution lies above x.", []Param{aX, freedom},
		[]Example{{`CHISQ.DIST.RT(2, 5)`, `0.84914503608461`}, {`CHISQ.DIST.RT(3, 4)`, `0.557825400371075`}},
		func(a *args) float64 {
			a.must(a.num(0) >= 0, "x must not be negative")
			_, q := gammaParts(a.degrees()/2, a.num(0)/2)
			return q
		}),
	distribution("CHISQ.INV", "The x at or below which a part of the chi-squared distribution lies.", []Param{chance, freedom},
		[]Example{{`ROUND(CHISQ.INV(0.93, 2), 9)`, `5.318520074`}, {`ROUND(CHISQ.INV(0.6, 2), 9)`, `1.832581464`}, {`CHISQ.INV(0, 2)`, `0`}, {`CHISQ.INV(1, 2)`, `error`}},
		func(a *args) float64 { return chiInverse(a, true) }),
	distribution("CHISQ.INV.RT", "The x above which a part of the chi-squared distribution lies.", []Param{chance, freedom},
		[]Example{{`CHISQ.INV.RT(0.05, 10)`, `18.3070380532751`}, {`CHISQ.INV.RT(1, 2)`, `0`}},
		func(a *args) float64 { return chiInverse(a, false) }),
	distribution("T.DIST", "The distribution of Student: the density, or what lies at or below x.", []Param{aX, freedom, cumulative},
		[]Example{{`T.DIST(60, 1, TRUE)`, `0.994695326367377`}, {`ROUND(T.DIST(8, 3, FALSE), 8)`, `0.00073691`}},
		func(a *args) float64 {
			x, n := a.num(0), a.degrees()
			if a.num(2) == 0 {
				g, _ := math.Lgamma((n + 1) / 2)
				h, _ := math.Lgamma(n / 2)
				return math.Exp(g-h-(n+1)/2*math.Log1p(x*x/n)) / math.Sqrt(n*math.Pi)
			}
			return student(x, n)
		}),
	distribution("T.DIST.RT", "What of the distribution of Student lies above x.", []Param{aX, freedom},
		[]Example{{`T.DIST.RT(1.959999998, 60)`, `0.0273224649879605`}},
		func(a *args) float64 { return student(-a.num(0), a.degrees()) }),
	distribution("T.DIST.2T", "What of the distribution of Student lies farther out than x, on both sides.", []Param{aX, freedom},
		[]Example{{`T.DIST.2T(1.959999998, 60)`, `0.054644929975921`}, {`T.DIST.2T(-1, 60)`, `error`}},
		func(a *args) float64 {
			a.must(a.num(0) >= 0, "x must not be negative")
			return 2 * student(-a.num(0), a.degrees())
		}),
	distribution("T.INV", "The x at or below which a part of the distribution of Student lies.", []Param{chance, freedom},
		[]Example{{`T.INV(0.75, 2)`, `0.816496580927726`}, {`T.INV(0.5, 2)`, `0`}},
		func(a *args) float64 { return studentInverse(a.probability(false, false), a.degrees()) }),
	distribution("T.INV.2T", "The x farther out than which, on both sides, a part of the distribution of Student lies.", []Param{chance, freedom},
		[]Example{{`T.INV.2T(0.546449, 60)`, `0.606533075825759`}, {`T.INV.2T(1, 5)`, `0`}},
		func(a *args) float64 { return -studentInverse(a.probability(false, true)/2, a.degrees()) }),
	distribution("BETA.DIST", "The beta distribution between two bounds, 0 and 1 unless said: the density, or what lies at or below x.",
		[]Param{aX, need("alpha", dax.Double), need("beta", dax.Double), cumulative, may("least", dax.Double), may("greatest", dax.Double)},
		[]Example{{`ROUND(BETA.DIST(2, 8, 10, TRUE, 1, 3), 9)`, `0.685470581`}, {`ROUND(BETA.DIST(2, 8, 10, FALSE, 1, 3), 7)`, `1.4837646`}, {`BETA.DIST(2, 8, 10, TRUE)`, `error`}},
		func(a *args) float64 {
			low, high := a.or(4, 0), a.or(5, 1)
			p, q, x := a.num(1), a.num(2), a.num(0)
			a.must(p > 0 && q > 0 && low < high && x >= low && x <= high, "alpha and beta must be greater than 0, and x between the bounds")
			z := (x - low) / (high - low)
			if a.num(3) != 0 {
				return betaPart(p, q, z)
			}
			return math.Exp((p-1)*math.Log(z)+(q-1)*math.Log1p(-z)-logBeta(p, q)) / (high - low)
		}),
	distribution("BETA.INV", "The x at or below which a part of the beta distribution lies.",
		[]Param{chance, need("alpha", dax.Double), need("beta", dax.Double), may("least", dax.Double), may("greatest", dax.Double)},
		[]Example{{`ROUND(BETA.INV(0.685470581, 8, 10, 1, 3), 7)`, `2`}, {`BETA.INV(0, 1, 1)`, `error`}},
		func(a *args) float64 {
			p, q, c := a.num(1), a.num(2), a.probability(false, true)
			low, high := a.or(3, 0), a.or(4, 1)
			a.must(p > 0 && q > 0 && low < high, "alpha and beta must be greater than 0")
			return low + (high-low)*bisect(func(x float64) float64 { return betaPart(p, q, x) - c }, 0, 1)
		}),
	distribution("EXPON.DIST", "The exponential distribution: the density, or what lies at or below x.", []Param{aX, need("lambda", dax.Double), cumulative},
		[]Example{{`ROUND(EXPON.DIST(0.2, 10, TRUE), 8)`, `0.86466472`}, {`ROUND(EXPON.DIST(0.2, 10, FALSE), 8)`, `1.35335283`}, {`EXPON.DIST(-1, 1, TRUE)`, `error`}},
		func(a *args) float64 {
			x, l := a.num(0), a.num(1)
			a.must(x >= 0 && l > 0, "x must not be negative, lambda greater than 0")
			if a.num(2) != 0 {
				return -math.Expm1(-l * x)
			}
			return l * math.Exp(-l*x)
		}),
	distribution("POISSON.DIST", "The distribution of Poisson: of exactly, or of at most, x events.", []Param{aX, aMean, cumulative},
		[]Example{{`POISSON.DIST(2, 5, TRUE)`, `0.124652019483081`}, {`ROUND(POISSON.DIST(2, 5, FALSE), 8)`, `0.08422434`}, {`POISSON.DIST(-1, 5, TRUE)`, `error`}},
		func(a *args) float64 {
			x, m := math.Trunc(a.num(0)), a.num(1)
			a.must(x >= 0 && m >= 0, "x and mean must not be negative")
			if a.num(2) != 0 {
				_, q := gammaParts(x+1, m)
				return q
			}
			if m == 0 {
				return max(0, 1-x)
			}
			g, _ := math.Lgamma(x + 1)
			return math.Exp(x*math.Log(m) - m - g)
		}),
}

// sampleSize is the size of a sample for an interval of confidence.
func sampleSize(a *args, least float64) float64 {
	n := math.Trunc(a.num(2))
	a.must(n >= least && a.num(1) > 0, "the sample is too small, or the standard deviation not greater than 0")
	return max(n, 1)
}

func density01(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
func normal01(z float64) float64  { return math.Erfc(-z/math.Sqrt2) / 2 }
func inverse01(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// chiInverse finds x by the part below it, or above it.
func chiInverse(a *args, below bool) float64 {
	p, n := a.probability(below, !below), a.degrees()
	if a.err != nil {
		return 0
	}
	return bisect(func(x float64) float64 {
		left, right := gammaParts(n/2, x/2)
		if below {
			return left - p
		}
		return p - right
	}, 0, n+1e4*math.Sqrt(n)+1e4)
}

// student is what of the distribution of Student lies at or below x.
func student(x, n float64) float64 {
	if x == 0 {
		return .5
	}
	tail := betaPart(n/2, .5, n/(n+x*x)) / 2
	if x > 0 {
		return 1 - tail
	}
	return tail
}

func studentInverse(p, n float64) float64 {
	if p == .5 {
		return 0
	}
	if p > .5 {
		return -studentInverse(1-p, n)
	}
	low := -1.0
	for student(low, n) > p && low > -1e300 {
		low *= 2
	}
	return bisect(func(x float64) float64 { return student(x, n) - p }, low, 0)
}

// gammaParts are the regularised incomplete gamma functions: by a series below the mean, by a
// continued fraction above it.
func gammaParts(s, x float64) (p, q float64) {
	if x <= 0 {
		return 0, 1
	}
	g, _ := math.Lgamma(s)
	front := math.Exp(s*math.Log(x) - x - g)
	if x < s+1 {
		term := 1 / s
		sum := term
		for n := 1.0; n < 1e5; n++ {
			term *= x / (s + n)
			if sum += term; term < sum*1e-17 {
				break
			}
		}
		p = front * sum
		return p, 1 - p
	}
	q = front * fractionOf(func(n float64) (a, b float64) {
		if n == 0 {
			return 1, x + 1 - s
		}
		return -n * (n - s), x + 2*n + 1 - s
	})
	return 1 - q, q
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

// betaPart is the regularised incomplete beta function.
func betaPart(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - betaPart(b, a, 1-x)
	}
	front := math.Exp(a*math.Log(x)+b*math.Log1p(-x)-logBeta(a, b)) / a
	return front * fractionOf(func(n float64) (num, den float64) {
		if n == 0 {
			return 1, 1
		}
		m := math.Floor(n / 2)
		if math.Mod(n, 2) == 0 {
			return m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)), 1
		}
		return -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)), 1
	})
}

// fractionOf is a continued fraction a0/(b0 + a1/(b1 + …)), by the way of Lentz.
func fractionOf(part func(n float64) (a, b float64)) float64 {
	const tiny = 1e-300
	a, b := part(0)
	d := 1 / b
	c := math.Inf(1)
	f := a * d
	for n := 1.0; n < 1e5; n++ {
		a, b = part(n)
		if d = b + a*d; d == 0 {
			d = tiny
		}
		if c = b + a/c; c == 0 {
			c = tiny
		}
		d = 1 / d
		step := c * d
		f *= step
		if math.Abs(step-1) < 1e-16 {
			break
		}
	}
	return f
}
