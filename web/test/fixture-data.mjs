// An invented company's sales, the same on every run, and two reports on them.

const pick = (seed) => {
  let x = seed >>> 0;
  return () => ((x = (x * 1664525 + 1013904223) >>> 0) / 2 ** 32);
};

const regions = ['North', 'South', 'East', 'West', null];
const products = {
  Kitchen: ['Copper kettle', 'Chef knife 20 cm', 'Cast-iron pan', 'Bread tin'],
  Garden: ['Pruning shears', 'Rain barrel', 'Terracotta pot'],
  Living: ['Reading lamp', 'Wool blanket', 'Oak side table', 'Linen cushion'],
  Outdoor: ['Camping stove', 'Two-person tent', 'Trail bottle'],
};

export const viewers = {
  amira: { tenant: 'Alder Foods', label: 'Amira, Alder Foods', username: 'amira@alder.example.com', roles: ['Tenant members'], description: 'Works for one tenant and sees its sales' },
  bruno: { tenant: 'Birchline', label: 'Bruno, Birchline Outfitters', username: 'bruno@birchline.example.com', roles: ['Tenant members'], description: 'Works for another tenant: same report, other rows' },
  zoe: { tenant: 'none', label: "Zoe, nobody's member", username: 'zoe@newcomer.example.com', roles: ['Tenant members'], description: 'Has the role of members and no tenant: sees no row' },
};

/** rows of one tenant: one per month, region and product. */
export function sales(tenant) {
  const random = pick([...tenant].reduce((n, c) => n * 31 + c.charCodeAt(0), 7));
  if (tenant === 'none') return [];
  const size = tenant === 'Birchline' ? 0.62 : 1;
  const out = [];
  for (let m = 0; m < 24; m++) {
    const month = `${2025 + Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, '0')}-01T00:00:00`;
    for (const [r, region] of regions.entries()) {
      for (const [category, names] of Object.entries(products)) {
        for (const product of names) {
          if (region === null && random() > 0.15) continue;
          const season = 1 + 0.28 * Math.sin(((m % 12) / 12) * 2 * Math.PI - 1.2) + m * 0.012;
          const units = Math.round((40 + random() * 180) * season * size * [1.3, 0.9, 1.1, 0.7, 0.2][r]);
          const price = 12 + (product.length * 7.35) % 90;
          out.push({ month, region, category, product, units, sales: Math.round(units * price * 100) / 100, cost: Math.round(units * price * (0.52 + random() * 0.2) * 100) / 100 });
        }
      }
    }
  }
  return out;
}

const sum = (key) => (rows) => (rows.length ? Math.round(rows.reduce((n, r) => n + r[key], 0) * 100) / 100 : null);
export const measures = {
  'Total sales': { type: 'decimal', format: '\\$#,0;(\\$#,0);\\$#,0', of: sum('sales') },
  'Units sold': { type: 'int64', format: '#,0', of: sum('units') },
  'Gross margin': { type: 'double', format: '0.0%', of: (rows) => (rows.length ? 1 - sum('cost')(rows) / sum('sales')(rows) : null) },
  Orders: { type: 'int64', format: '#,0', of: (rows) => rows.length || null },
};
export const columns = {
  month: { name: 'Month', type: 'dateTime', format: 'mmm yyyy' },
  region: { name: 'Region', type: 'string', format: '' },
  category: { name: 'Category', type: 'string', format: '' },
  product: { name: 'Product', type: 'string', format: '' },
};

const visual = (name, type, title, [x, y, width, height], roles, more = {}) => ({
  name, type, title, x, y, z: 1000, width, height, tabOrder: y * 10 + x, hidden: false, roles, paragraphs: [], options: { showTitle: title !== '' }, ...more,
});
const head = (name, title, sub) =>
  visual(name, 'textbox', '', [24, 16, 700, 56], {}, {
    paragraphs: [
      { align: 'left', runs: [{ text: title, size: '20pt', weight: 'bold', color: '#1d2433' }] },
      { align: 'left', runs: [{ text: sub, size: '10pt', color: '#5b6472' }] },
    ],
  });

export const reports = {
  '11111111-2222-4333-8444-555555555555': {
    name: 'Sales overview',
    theme: { name: 'Plain', colors: [], background: '', foreground: '' },
    pages: [
      {
        name: 'overview', displayName: 'Overview',
        visuals: [
          head('head', 'Sales overview', 'Revenue, volume and margin of the last 24 months'),
          visual('regions', 'slicer', 'Region', [1000, 16, 256, 56], { Values: ['region'] }, { options: { mode: 'dropdown' } }),
          visual('categories', 'slicer', 'Category', [728, 16, 256, 56], { Values: ['category'] }, { options: { mode: 'dropdown' } }),
          visual('cards', 'cardVisual', '', [24, 88, 1232, 112], { Data: ['Total sales', 'Units sold', 'Gross margin', 'Orders'] }, { options: { showTitle: false } }),
          visual('trend', 'lineChart', 'Sales by month and category', [24, 216, 760, 240], { Category: ['month'], Series: ['category'], Y: ['Total sales'] }),
          visual('byregion', 'clusteredBarChart', 'Sales by region', [800, 216, 456, 240], { Category: ['region'], Y: ['Total sales'] }),
          visual('mix', 'columnChart', 'Category mix by region', [24, 472, 456, 232], { Category: ['region'], Series: ['category'], Y: ['Total sales'] }),
          visual('detail', 'tableEx', 'Products', [496, 472, 760, 232], { Values: ['product', 'category', 'Units sold', 'Total sales', 'Gross margin'] }),
        ],
      },
      {
        name: 'page two/x', displayName: 'Products and regions',
        visuals: [
          head('head2', 'Products and regions', 'Which products carry which regions'),
          visual('products', 'slicer', 'Product', [24, 88, 232, 616], { Values: ['product'] }, { options: { mode: 'list' } }),
          visual('share', 'hundredPercentStackedBarChart', 'Share of categories', [272, 88, 480, 296], { Category: ['region'], Series: ['category'], Y: ['Total sales'] }),
          visual('units', 'areaChart', 'Units sold', [768, 88, 488, 296], { Category: ['month'], Y: ['Units sold'] }),
          visual('bars', 'clusteredBarChart', 'Sales by product', [272, 400, 480, 304], { Category: ['product'], Y: ['Total sales', 'Units sold'] }),
          visual('gauge', 'gauge', 'Target', [768, 400, 236, 144], { Y: ['Total sales'] }),
          visual('broken', 'clusteredColumnChart', 'Forecast', [1020, 400, 236, 144], { Category: ['region'], Y: ['Forecast'] }),
          visual('single', 'card', 'Total sales', [768, 560, 236, 144], { Values: ['Total sales'] }),
          visual('cols', 'clusteredColumnChart', 'Units by category', [1020, 560, 236, 144], { Category: ['category'], Y: ['Units sold'] }),
        ],
      },
    ],
  },
  '99999999-2222-4333-8444-555555555555': { name: 'Other report', theme: {}, pages: [{ name: 'only', displayName: 'Only', visuals: [head('h', 'Other report', '')] }] },
};

/** answer computes a visual's rows as the server would. */
export function answer(page, found, tenant, slicers) {
  let rows = sales(tenant);
  for (const { visual: name, values } of slicers) {
    const key = page.visuals.find((v) => v.name === name)?.roles.Values?.[0];
    if (key && name !== found.name && values.length) rows = rows.filter((r) => values.includes(r[key]));
  }
  const fields = Object.entries(found.roles).flatMap(([role, refs]) => refs.map((ref) => ({ role, ref, column: columns[ref], measure: measures[ref] })));
  const groups = fields.filter((f) => f.column);
  const values = fields.filter((f) => f.measure);
  const by = new Map();
  for (const row of rows) {
    const key = JSON.stringify(groups.map((g) => row[g.ref]));
    if (!by.has(key)) by.set(key, []);
    by.get(key).push(row);
  }
  if (groups.length === 0 && by.size === 0) by.set('[]', []);
  let out = [...by].map(([key, part]) => {
    const keys = JSON.parse(key);
    return fields.map((f) => (f.column ? keys[groups.indexOf(f)] : f.measure.of(part)));
  });
  const sortAt = found.type === 'clusteredBarChart' ? fields.findIndex((f) => f.measure) : -1;
  if (sortAt >= 0) out.sort((a, b) => b[sortAt] - a[sortAt]);
  else if (found.type === 'slicer' || found.type === 'tableEx') out.sort((a, b) => String(a[0] ?? '').localeCompare(String(b[0] ?? '')));
  return {
    columns: fields.map((f) => ({ name: f.column?.name ?? f.ref, ref: f.ref, role: f.role, type: (f.column ?? f.measure).type, format: (f.column ?? f.measure).format, group: Boolean(f.column) })),
    rows: out,
    total: found.type === 'tableEx' ? values.map((f) => f.measure.of(rows)) : null,
    truncated: false,
  };
}
