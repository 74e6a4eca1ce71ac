// Where the server under test is, and who asks. `run` sets the environment.
function fromEnvironment(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the tests by tests/clients/run`);
  return value;
}

export const url = fromEnvironment("SEATWISE_URL");
