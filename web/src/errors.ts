// The errors a host sees. Texts and codes are those of the service, because hosts match on
// them ("Troubleshoot your embedded application" in the documents of Power BI).

/** IError is the shape of every error that leaves the page. */
export interface IError {
  message: string;
  detailedMessage?: string;
  errorCode?: string;
  level?: number;
  technicalDetails?: { requestId?: string; errorInfo?: { key: string; value: string }[] };
}

/** Levels of powerbi-models' TraceType that are used. */
export const Level = { expected: 4, fatal: 6 } as const;

/** Refusal is thrown by a command or a getter that cannot be carried out. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: IError,
  ) {
    super(body.message);
  }
}

/** notSupported refuses a request that the page knows and cannot do. */
export function notSupported(what: string): Refusal {
  return new Refusal(400, { message: 'NotSupported', detailedMessage: `${what} is not supported`, errorCode: '400' });
}

/** ApiError is a failed request to the server. status 0 means that no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId = '',
    readonly retryAfter = 0,
    readonly remedy = '',
    /** Rule of the server that refused, where it says so. */
    readonly rule = '',
  ) {
    super(message);
  }

  get expired(): boolean {
    return this.code === 'TokenExpired';
  }
}

/** technical is what is for the developers of the host. */
function technical(error: ApiError): NonNullable<IError['technicalDetails']> {
  const said = { rule: error.rule, reason: error.rule && error.message, remedy: error.rule && error.remedy };
  const errorInfo = Object.entries(said).flatMap(([key, value]) => (value ? [{ key, value }] : []));
  return { ...(error.requestId && { requestId: error.requestId }), ...(errorInfo.length && { errorInfo }) };
}

const expiredText = 'Access token has expired, resubmit with a new access token';

/** loadError turns a failure to load a report into what the service says in that case. */
export function loadError(error: ApiError): IError {
  const technicalDetails = technical(error);
  const known: Record<string, [string, string, string]> = {
    TokenExpired: ['TokenExpired', expiredText, '403'],
    InvalidToken: ['LoadReportFailed', "Fail to initialize - Couldn't resolve cluster", '403'],
    PowerBINotAuthorizedException: ['LoadReportFailed', 'Get report failed', '403'],
    PowerBIEntityNotFound: ['LoadReportFailed', 'Get report failed', '404'],
  };
  const [message, detailedMessage, errorCode] = known[error.code] ?? [
    'LoadReportFailed',
    'Get report failed',
    String(error.status || 500),
  ];
  return { message, detailedMessage, errorCode, level: Level.fatal, technicalDetails };
}

/** visualError is the event for a visual that cannot be drawn. */
export function visualError(error: ApiError, title: string): IError {
  const tail = `Couldn't render a report visual titled: ${title}`;
  const technicalDetails = technical(error);
  if (error.expired) {
    return { message: 'TokenExpired', detailedMessage: `${expiredText}. ${tail}`, level: Level.fatal, technicalDetails };
  }
  const detailedMessage = `${error.message}. ${tail}`;
  return { message: error.code, detailedMessage, errorCode: String(error.status || 500), level: Level.expected, technicalDetails };
}
