export function printStablehlo(): string { return ''; }
