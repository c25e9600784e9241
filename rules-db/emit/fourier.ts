/** Fourier transforms. */
import { type EmitRule, emit, type FftAttributes, type FourierRole } from '../../src/rules/index.js';

/** result[k] = Σ over n of operand[n] · exp(∓2πi·nk/N) along each of the last dimensions; the inverse over N */
export const Fft = emit('fft', {
  role: (op): FourierRole => {
    const { type, length } = op.attributes as FftAttributes;
    return {
      template: 'fourier',
      lengths: length,
      inverse: type === 'IFFT' || type === 'IRFFT',
      real: type === 'RFFT' ? 'operand' : type === 'IRFFT' ? 'result' : 'no',
    };
  },
});

export const FOURIER: readonly EmitRule[] = [Fft];
