import { createTheme, mergeThemeOverrides, type CSSVariablesResolver, type MantineColorsTuple, type MantineThemeOverride } from '@mantine/core';

/** Deep green of the brand: calm, and dark enough to carry white text at shade 7. */
const pine: MantineColorsTuple = [
  '#edf6f3', '#d8ebe5', '#b1d7cc', '#84c0b0', '#5aaa97', '#3a9480', '#20796a', '#126053', '#0b4c42', '#06372f',
];

/** Neutrals with a breath of green, so that greys never look bluish beside the brand. */
const stone: MantineColorsTuple = [
  '#f6f8f6', '#edf0ee', '#dde3df', '#c5cdc9', '#9ba7a2', '#74827d', '#56645f', '#3d4a46', '#26312e', '#151d1b',
];

/** Night neutrals: `dark[7]` is the page, `dark[6]` a surface, `dark[0]` text. */
const dark: MantineColorsTuple = [
  '#e4ece9', '#c6d2ce', '#a3b4ae', '#7f928c', '#3a4a46', '#2b3936', '#1a2523', '#111a18', '#0c1312', '#070c0b',
];

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 6 },
  colors: { pine, stone, dark, gray: stone },
  fontFamily: "'IBM Plex Sans Variable', 'IBM Plex Sans Arabic', system-ui, sans-serif",
  headings: {
    fontFamily: "'IBM Plex Sans Variable', 'IBM Plex Sans Arabic', system-ui, sans-serif",
    fontWeight: '600',
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'md' } },
    TextInput: { defaultProps: { size: 'md' } },
    PasswordInput: { defaultProps: { size: 'md' } },
    NativeSelect: { defaultProps: { size: 'md' } },
    Anchor: { defaultProps: { underline: 'always' } },
    Badge: { defaultProps: { tt: 'none', fw: 600 } },
    Modal: { defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.45, blur: 2 } }, styles: { title: { fontWeight: 600 } } },
    // The placeholder would be a child that a menu may not have; the first item takes the focus instead.
    Menu: { defaultProps: { shadow: 'md', radius: 'md', withInitialFocusPlaceholder: false } },
  },
});

/** With the words that the library's own buttons need. */
export function themeWith(words: { close: string }): MantineThemeOverride {
  const closing = { defaultProps: { closeButtonProps: { 'aria-label': words.close } } };
  return mergeThemeOverrides(theme, { components: { Modal: closing, Notification: closing } });
}

/** Meanings rather than shades: components and CSS modules use these names only. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--cw-page': '#f4f6f4',
    '--cw-surface': '#ffffff',
    '--cw-raised': '#ffffff',
    '--cw-sunken': '#eaeeeb',
    '--cw-line': '#dce2de',
    '--cw-line-strong': '#87948f',
    '--cw-text': '#16211f',
    '--cw-muted': '#51605b',
    '--cw-brand': '#126053',
    '--cw-brand-soft': '#e2f0eb',
    '--cw-bubble-own': '#d9ece5',
    '--cw-bubble-own-line': '#b9d9cd',
    '--cw-bubble-own-muted': '#3f5a52',
    '--cw-danger': '#a82a1e',
    '--cw-danger-soft': '#fbeae7',
    '--cw-warning': '#8a5300',
    '--cw-warning-soft': '#fdf2dd',
    '--cw-unread': '#b3431f',
    '--cw-online': '#1f8a5b',
    '--cw-away': '#b87503',
    '--cw-busy': '#c0362c',
    '--cw-in-call': '#6b4fc4',
    '--cw-offline': '#87948f',
    '--cw-shadow': '0 1px 2px rgba(16, 32, 28, .06), 0 8px 24px rgba(16, 32, 28, .06)',
    '--mantine-color-body': '#f4f6f4',
    '--mantine-color-text': '#16211f',
    '--mantine-color-dimmed': '#51605b',
    '--mantine-color-placeholder': '#66736e',
    '--mantine-color-disabled-color': '#586560',
    '--mantine-color-error': '#a82a1e',
    '--mantine-color-default': '#ffffff',
    '--mantine-color-default-border': '#8b9893',
    '--mantine-color-anchor': '#126053',
    '--mantine-color-red-light': '#fbeae7',
    '--mantine-color-red-light-hover': '#f6dcd7',
    '--mantine-color-red-light-color': '#a82a1e',
    // What ends or deletes, in a menu: the library takes this shade, too pale on white as on a dark highlight.
    '--mantine-color-red-6': '#a82a1e',
  },
  dark: {
    '--cw-page': '#0e1514',
    '--cw-surface': '#151e1c',
    '--cw-raised': '#1c2725',
    '--cw-sunken': '#0a100f',
    '--cw-line': '#293633',
    '--cw-line-strong': '#7a8d87',
    '--cw-text': '#e6eeeb',
    '--cw-muted': '#a0b2ac',
    '--cw-brand': '#84c0b0',
    '--cw-brand-soft': '#183430',
    '--cw-bubble-own': '#1b4239',
    '--cw-bubble-own-line': '#2a5a4f',
    '--cw-bubble-own-muted': '#a9c9bf',
    '--cw-danger': '#f3988c',
    '--cw-danger-soft': '#3a1c19',
    '--cw-warning': '#eab861',
    '--cw-warning-soft': '#33270f',
    '--cw-unread': '#f0906b',
    '--cw-online': '#4cc38a',
    '--cw-away': '#e5a83b',
    '--cw-busy': '#ec6a5e',
    '--cw-in-call': '#a48cf0',
    '--cw-offline': '#7a8d87',
    '--cw-shadow': '0 1px 2px rgba(0, 0, 0, .4), 0 8px 24px rgba(0, 0, 0, .3)',
    '--mantine-color-body': '#0e1514',
    '--mantine-color-text': '#e6eeeb',
    '--mantine-color-dimmed': '#a0b2ac',
    '--mantine-color-placeholder': '#8a9c96',
    '--mantine-color-disabled-color': '#8fa19b',
    '--mantine-color-error': '#f3988c',
    '--mantine-color-default': '#1c2725',
    '--mantine-color-default-border': '#5f726c',
    '--mantine-color-anchor': '#84c0b0',
    '--mantine-color-pine-light': '#183430',
    '--mantine-color-pine-light-hover': '#1f413b',
    '--mantine-color-pine-light-color': '#a9d8cb',
    '--mantine-color-red-light': '#3a1c19',
    '--mantine-color-red-light-hover': '#47231f',
    '--mantine-color-red-light-color': '#f3988c',
    '--mantine-color-red-6': '#f3988c',
  },
});
