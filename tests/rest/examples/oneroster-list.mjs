const enrollments = await fetch( `${TIMEBACK_API_URL}/ims/oneroster/rostering/v1p2/enrollments?filter=user.sourcedId='${userId}'`, { headers: { Authorization: `Bearer ${accessToken}`, }, },)
