import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

/** Everything that the page needs comes from here: it works without the internet, and tells nobody that it is read. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Leasehold</title>
    <link rel="stylesheet" href="docs/swagger-ui.css" />
    <link rel="icon" href="data:," />
  </head>
  <body>
    <div id="page"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#page', deepLinking: true, validatorUrl: null });
`;

/** The document as JSON, and as a page to read and to try. */
export function documentPages(app: FastifyInstance, document: object): void {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  const serve = (path: string, type: string, content: string): void => {
    app.get(path, (_request, reply) =>
      reply.type(type).header('content-security-policy', POLICY).send(content),
    );
  };
  serve('/openapi.json', 'application/json; charset=utf-8', text);
  serve('/docs', 'text/html; charset=utf-8', PAGE);
  serve('/docs/start.js', 'text/javascript; charset=utf-8', START);
  serve('/docs/swagger-ui.css', 'text/css; charset=utf-8', asset('swagger-ui.css'));
  serve('/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8', asset('swagger-ui-bundle.js'));
}

function asset(name: string): string {
  const folder = new URL('.', import.meta.resolve('swagger-ui-dist/package.json'));
  return readFileSync(new URL(name, folder), 'utf8');
}
