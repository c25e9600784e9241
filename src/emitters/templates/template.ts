import type { Group } from '../../fusion/group.js';
import type { TemplateRule } from '../../rules/index.js';
import type { EmitOptions, EmittedKernel } from './kernel-context.js';

export type Template = TemplateRule<Group, EmitOptions, EmittedKernel>;

/** `template('sort', (group, options) => …)`: the kernels of a group whose space is of this kind. */
export const template = (name: string, emit: Template['emit']): Template => ({ kind: 'template', name, emit });
