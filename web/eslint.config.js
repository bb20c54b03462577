import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', 'dev-dist', 'node_modules'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Initials and lengths are counted in code points, as the hub counts them.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // `const { [key]: _, ...others }` is how a key is left out.
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_$' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.tsx', 'src/**/*.ts'],
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      // Screens fetch when they appear, and say so at once: that is what their effects are for.
      'react-hooks/set-state-in-effect': 'off',
    },
  },
  {
    // The protocol client must run in React Native, Node and workers, and media knows no screens: no React there.
    files: ['src/hub/**', 'src/state/**', 'src/media/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['react', 'react-dom', '@mantine/*', '../features/*', '../app/*'] }] },
  },
  { files: ['src/contract/**'], rules: { 'max-lines': 'off' } },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
