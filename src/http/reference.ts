/** The page of documentation for itself: nothing is told to or fetched from anybody else. */
export const quietReference = {
  telemetry: false,
  withDefaultFonts: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
} as const;
