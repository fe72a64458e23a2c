package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figures are numbers that are compared to nothing. They say more about the machine than a ratio.
type figures struct {
	name string
	make func(context.Context) ([]figure, error)
}

type figure struct{ name, value, budget string }

var allFigures = []figures{
	{"starting and idling", startingAndIdling},
	{"rows to JSON", rowsToJSON},
	{"imports of CSV", fileImports("import of CSV", csvTasks)},
	{"imports of Parquet", fileImports("import of Parquet", parquetTasks)},
	{"imports of PostgreSQL", databaseImports("PostgreSQL")},
	{"imports of MariaDB", databaseImports("MySQL")},
	{"clients of several tenants", turns},
	{"questions past their deadline", deadlines},
	{"visuals over HTTP", visualsOverHTTP},
	{"revocation", revocation},
	{"clients of a page", pageClients},
}

// startingAndIdling runs the program as people do.
func startingAndIdling(ctx context.Context) ([]figure, error) {
	p, err := build(ctx)
	if err != nil {
		return nil, err
	}
	defer p.remove()
	var list, weight []figure
	for _, c := range []struct {
		name, command, path, budget string
		made                        bool // the data folder is there already
	}{
		{"first start, empty folder", "serve", "/healthz", "", false},
		{"start, no data", "serve", "/healthz", "0.3 s", true},
		{"first start of the demo, with its import", "demo", "/demo/config", "", false},
		{"start of the demo", "demo", "/demo/config", "1 s", true},
	} {
		var times []time.Duration
		var memory string
		for i := range 5 {
			folder := c.command
			if !c.made {
				folder = fmt.Sprint(c.command, i) // a new one each time
			}
			r, err := p.start(ctx, c.command, folder, c.path)
			if err != nil {
				return nil, err
			}
			times, memory = append(times, r.took), r.memory()
			if c.command == "demo" && c.made && i == 0 {
				weight, err = pageWeight(ctx, r.url)
			}
			r.stop()
			if err != nil {
				return nil, err
			}
		}
		if c.made {
			times = times[1:] // the first made the folder
		}
		slices.Sort(times)
		list = append(list, figure{c.name, "first answer after " + short(times[len(times)/2]), c.budget},
			figure{c.name, memory + " resident", map[string]string{"start, no data": "80 MB"}[c.name]})
	}
	return append(list, weight...), nil
}

var assetPath = regexp.MustCompile(`/inlay/assets/[\w.-]+\.(?:js|css)`)

// pageWeight adds up what a browser loads for the embed page, as it travels.
func pageWeight(ctx context.Context, url string) ([]figure, error) {
	page, size, err := fetch(ctx, url+"/reportEmbed")
	if err != nil {
		return nil, err
	}
	before, all := size, size
	queue := assetPath.FindAllString(page, -1)
	for i := 0; i < len(queue); i++ {
		if slices.Contains(queue[:i], queue[i]) {
			continue
		}
		text, size, err := fetch(ctx, url+queue[i])
		if err != nil {
			return nil, err
		}
		all += size
		if !strings.Contains(queue[i], "/draw-") { // the charts
			before += size
		}
		queue = append(queue, assetPath.FindAllString(text, -1)...)
	}
	return []figure{
		{"embed page, before charts", fmt.Sprintf("%.0f kB gzip", float64(before)/1000), "200 kB"},
		{"embed page, in all", fmt.Sprintf("%.0f kB gzip", float64(all)/1000), "350 kB"},
	}, nil
}

var perRow = regexp.MustCompile(`([\d.]+) ns/row`)

// rowsToJSON runs the benchmark of a package that benchmarks may not import.
func rowsToJSON(ctx context.Context) ([]figure, error) {
	out, err := exec.CommandContext(ctx, "go", "test", "./rest", "-run", "^$", "-bench", "^BenchmarkEightColumns$", "-count", "5").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	var times []float64
	for _, m := range perRow.FindAllStringSubmatch(string(out), -1) {
		ns, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return nil, err
		}
		times = append(times, ns)
	}
	if len(times) == 0 {
		return nil, fmt.Errorf("no time in the output of the benchmark: %s", out)
	}
	slices.Sort(times)
	return []figure{{"rows to JSON", fmt.Sprintf("%.2f µs a row of 8 columns", times[len(times)/2]/1000), "2.5 µs"}}, nil
}
