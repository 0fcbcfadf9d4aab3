// The number of another phone, checked before it is sent.

const E164 = /^\+[1-9]\d{6,14}$/;

// Returns the field's number without spaces and punctuation; "" where it is none, which `place` says.
export function toNumber(field, place) {
  const number = field.value.replace(/[\s().-]/g, "");
  const isValid = E164.test(number);
  place.textContent = isValid ? "" : "A number with its country code, as +15005550010.";
  field.setAttribute("aria-invalid", String(!isValid));
  if (!isValid) field.focus();
  return isValid ? number : "";
}
