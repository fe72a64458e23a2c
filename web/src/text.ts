// What the page itself says, in one place.
import type { Trouble } from './session';

interface Saying {
  title: string;
  body: string;
  again?: boolean;
}

/** troubles are the states in which no report is shown. */
export const troubles: Record<Trouble['kind'], Saying> = {
  expired: { title: 'Your session has ended', body: 'The report continues as soon as the application renews your access. If nothing happens, reload the page.' },
  denied: { title: 'You do not have access to this report', body: 'The application did not grant access to it. Contact the people who run the application if you think you should see it.' },
  missing: { title: 'This report is no longer available', body: 'It may have been moved or deleted.' },
  invalid: { title: 'The report cannot be opened', body: 'The application did not say which report to show, or for whom.' },
  unsupported: { title: 'Not supported yet', body: 'This kind of content, or a setting it was opened with, cannot be shown here yet.' },
  offline: { title: 'The report could not be loaded', body: 'The server did not answer as expected. This is often a passing problem.', again: true },
};

export const text = {
  alone: { title: 'This page shows reports inside an application', body: 'Open the application that embeds the report.' },
  blank: '(Blank)',
  noData: 'No data for this selection',
  retry: 'Try again',
  renewing: 'Your session has ended. Waiting for the application to renew it…',
  loading: 'Loading report',
  reference: 'Reference',
  unsupportedVisual: 'This visual is not supported yet',
  failedVisual: 'This visual could not be loaded',
  pages: 'Pages of the report',
  all: 'All',
  clear: 'Clear selection',
  search: 'Search',
  nothingFound: 'Nothing found',
  total: 'Total',
  truncated: (n: string) => `Only the first ${n} are shown.`,
  more: (n: string) => `${n} more. Search to find them.`,
  chosen: (n: number) => `${n} selected`,
};
