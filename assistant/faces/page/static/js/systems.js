// The code systems that the service knows by itself.
export const SYSTEMS = ["CPT", "HCPCS", "ICD-10-CM", "ICD-10-PCS", "CDT"];
