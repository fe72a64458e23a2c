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
  used: { title: 'Please open the report again', body: 'Access was given for one page and was used: by another page, or by this one before it was loaded anew. Go back to the application and open the report from there.' },
  elsewhere: { title: 'This report cannot be shown here', body: 'Access was given for one web address, and this page is not shown there. Open the report in the application that it belongs to.' },
  revoked: { title: 'Your access was withdrawn', body: 'Whoever runs the application has ended it. Open the report again from the application, or ask them for access.' },
  narrowed: { title: 'There is nothing to show', body: 'Access was given to certain pages, and the report does not have them any more. Contact the people who run the application.' },
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
