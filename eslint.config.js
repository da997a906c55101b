import tseslint from 'typescript-eslint';

/** Workflow code and the words it imports run in Temporal's sandbox: no Node, no project layer above them. */
const sandboxed = {
  paths: [
    {
      name: '@temporalio/workflow',
      importNames: ['setHandler'],
      message: 'workflows/handlers.ts sets all handlers: a cancel must not reach what they start.',
    },
  ],
  patterns: [
    { group: ['node:*'], message: 'Workflow code is deterministic: no Node built-ins.' },
    {
      group: [
        '**/activities/**',
        '**/contiguity/**',
        '**/worker/**',
        '**/client/**',
        '**/codec/**',
        '**/gateway/**',
        '**/tracing/**',
        '**/simulator/**',
        '**/embedded/**',
      ],
      allowTypeImports: true,
      message: 'Dependencies point inward: workflows see only types of the activities.',
    },
  ],
};

/** All runs of a worker share the modules (decision 20), so what one of them changed here the others would see. */
const ownToNoRun = [
  ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind!="const"]',
  ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator > :matches(NewExpression[callee.name=/^(Map|Set|WeakMap|WeakSet)$/][arguments.length=0], ArrayExpression[elements.length=0], ObjectExpression[properties.length=0])',
].map((selector) => ({ selector, message: 'Modules are shared by all runs: keep state in the run.' }));

export default tseslint.config(
  { ignores: ['dist/**', '.leasehold/**', 'coverage/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 15],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['workflows/**', 'domain/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', sandboxed],
      'no-restricted-globals': ['error', 'process', 'fetch', 'Buffer', 'setInterval'],
      'max-lines': ['error', { max: 260, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...ownToNoRun],
    },
  },
  {
    files: ['workflows/handlers.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: sandboxed.patterns }] },
  },
  {
    files: ['test/**', 'bench/**'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['scripts/**', '**/*.mjs'], rules: { 'no-console': 'off' } },
);
