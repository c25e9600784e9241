/** Template rules: how the kernels of a role are made. They work on kernels, of which the other rules know nothing. */

export interface TemplateRule<Group = unknown, Options = unknown, Kernel = unknown> {
  readonly kind: 'template';
  /** The role that it fills, as schedule rules and roles name it. */
  readonly name: string;
  /** The kernels of a fused group, launched one after the other. */
  emit(group: Group, options: Options): readonly Kernel[];
}
