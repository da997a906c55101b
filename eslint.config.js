import tseslint from 'typescript-eslint';

/** Workflow code and the words it imports run in Temporal's sandbox: no Node, no project layer above them. */
const sandboxed = {
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
    },
  },
  {
    files: ['test/**', 'bench/**'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['scripts/**', '**/*.mjs'], rules: { 'no-console': 'off' } },
);
