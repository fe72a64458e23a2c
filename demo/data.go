package demo

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// seed fixes the data: the same numbers on every machine and in every release.
const seed = 20240101

// dataForm counts changes of the data; the test that knows its digest asks for the next number.
const dataForm = 1

var (
	firstDay = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
)

// files are the tables that are kept as CSV, by the name of their file.
var files = []struct {
	name  string
	write func(*table)
}{
	{"access.csv", writeAccess},
	{"date.csv", writeDates},
	{"product.csv", writeProducts},
	{"region.csv", writeRegions},
	{"sales.csv", writeSales},
	{"tenant.csv", writeTenants},
}

// writeData writes the CSV files into a folder.
func writeData(dir string) error {
	for _, f := range files {
		if err := writeFile(filepath.Join(dir, f.name), f.write); err != nil {
			return fmt.Errorf("write demo data: %w", err)
		}
	}
	return nil
}

func writeFile(path string, fill func(*table)) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	t := newTable(f)
	fill(t)
	return t.w.Flush()
}

// table writes CSV. Values hold neither commas nor quotes; a test makes sure. Errors stay in
// the buffered writer until it is flushed.
type table struct {
	w   *bufio.Writer
	row []byte
}

func newTable(w io.Writer) *table { return &table{w: bufio.NewWriterSize(w, 1<<16)} }

func (t *table) text(s string) *table {
	if len(t.row) > 0 {
		t.row = append(t.row, ',')
	}
	t.row = append(t.row, s...)
	return t
}

func (t *table) number(n int) *table {
	t.text("")
	t.row = strconv.AppendInt(t.row, int64(n), 10)
	return t
}

// hundredths writes cents as money, and percent as a fraction.
func (t *table) hundredths(n int) *table {
	t.number(n / 100)
	t.row = append(t.row, '.', byte('0'+n/10%10), byte('0'+n%10))
	return t
}

func (t *table) end() {
	t.row = append(t.row, '\n')
	_, _ = t.w.Write(t.row)
	t.row = t.row[:0]
}

func (t *table) line(values ...string) {
	for _, v := range values {
		t.text(v)
	}
	t.end()
}

func writeAccess(t *table) {
	t.line("user_principal_name", "tenant_id")
	for _, a := range access {
		t.line(a.user, a.tenant)
	}
}

func writeTenants(t *table) {
	t.line("tenant_id", "tenant", "sector", "plan")
	for _, x := range tenants {
		t.line(x.id, x.name, x.sector, x.plan)
	}
}

func writeRegions(t *table) {
	t.line("region_id", "region", "country", "manager")
	for i, x := range regions {
		t.number(i + 1).text(x.area).text(x.country).text(x.manager).end()
	}
}

func writeProducts(t *table) {
	t.line("product_id", "product", "category", "subcategory", "list_price", "unit_cost")
	for i, x := range products {
		t.number(i + 1).text(x.name).text(x.category).text(x.subcategory).hundredths(x.price).hundredths(x.cost).end()
	}
}

func writeDates(t *table) {
	t.line("date", "year", "quarter", "month_number", "month_name", "month")
	for d := firstDay; !d.After(lastDay); d = d.AddDate(0, 0, 1) {
		month := int(d.Month())
		t.text(d.Format(time.DateOnly)).number(d.Year()).text("Q" + strconv.Itoa((month+2)/3))
		t.number(month).text(d.Format("January")).text(d.Format("2006-01") + "-01").end()
	}
}

// writeSales simulates orders day by day and tenant by tenant.
func writeSales(t *table) {
	t.line("sale_id", "order_id", "date", "tenant_id", "region_id", "product_id", "channel", "buyer_id",
		"quantity", "unit_price", "discount", "amount", "cost")
	s := sales{t: t, r: rand.New(rand.NewPCG(seed, seed))}
	for day, d := 0, firstDay; !d.After(lastDay); day, d = day+1, d.AddDate(0, 0, 1) {
		date := d.Format(time.DateOnly)
		for i := range tenants {
			for range s.orders(&tenants[i], day, d) {
				s.order(i, day, d.Month(), date)
			}
		}
	}
}

// sales is the state of the simulation. The random numbers are drawn in one fixed order.
type sales struct {
	t            *table
	r            *rand.Rand
	orderID, row int
}

// weekday is how much is sold on a day of the week, from Sunday, in thousandths.
var weekday = [7]int{720, 1060, 1020, 1000, 1040, 1180, 980}

// orders is how many orders a tenant takes on a day: trend, season, weekday, chance.
func (s *sales) orders(x *tenant, day int, d time.Time) int {
	trend := 1000 + x.growth*day/365
	season := 0
	for c, w := range x.categories {
		season += w * categories[c].season[d.Month()-1]
	}
	season /= 100 // weights of a tenant add up to 100
	mean := x.orders * trend / 1000 * season / 1000 * weekday[d.Weekday()] / 1000
	spread := mean / 4
	return max(1, mean-spread+s.r.IntN(2*spread+1))
}

// order writes the lines of one order.
func (s *sales) order(tenant, day int, month time.Month, date string) {
	x := &tenants[tenant]
	s.orderID++
	area := s.pick(x.regions[:])
	inArea := [4]int{}
	for i := range inArea {
		inArea[i] = regions[4*area+i].weight
	}
	country := 4*area + s.pick(inArea[:]) + 1
	online := x.online + day/8 // buyers move online, nine points in two years
	channel := channels[s.pick([]int{online, (1000 - online) * 7 / 10, (1000 - online) * 3 / 10})]
	buyer := (tenant+1)*10_000 + s.r.IntN(40*x.orders)
	for range 1 + s.pick([]int{55, 28, 12, 5}) {
		s.row++
		s.t.number(s.row).number(s.orderID).text(date).text(x.id).number(country)
		s.line(x, day, month, channel, buyer)
	}
}

// line writes the rest of a row: what was sold, and at which price.
func (s *sales) line(x *tenant, day int, month time.Month, channel string, buyer int) {
	weights := [5]int{}
	for c, w := range x.categories {
		weights[c] = w * categories[c].season[month-1]
	}
	id := 8*s.pick(weights[:]) + s.pick([]int{24, 19, 15, 12, 10, 8, 7, 5})
	p := products[id]
	price := p.price
	if day >= 366 {
		price = price * 103 / 100 // the price list of the second year
	}
	quantity := 1 + s.pick([]int{46, 25, 12, 9, 5, 3})
	if channel == "Partner" {
		quantity *= 2
	}
	chances := []int{70, 15, 10, 5}
	if month == time.November {
		chances = []int{40, 20, 20, 20}
	}
	discount := []int{0, 5, 10, 20}[s.pick(chances)]
	amount := (quantity*price*(100-discount) + 50) / 100
	cost := quantity * p.cost * (97 + s.r.IntN(7)) / 100
	s.t.number(id + 1).text(channel).number(buyer).number(quantity).hundredths(price)
	s.t.hundredths(discount).hundredths(amount).hundredths(cost).end()
}

// pick draws an index with the chance of its weight.
func (s *sales) pick(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := s.r.IntN(total)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	panic("demo: weights changed while they were read")
}
